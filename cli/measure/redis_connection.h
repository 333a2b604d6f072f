// redis_connection.h: a connection to a redis server's unix socket, for the few commands that a
// measurement needs.
#pragma once

#include <string>

#include "measure/file_descriptor.h"

namespace hakmem::cli {

class RedisConnection {
 public:
  // Returns whether the server accepts connections by now.
  bool connect(const std::string& socket_path);

  // Sends a command without arguments and returns the reply's first line; empty if the server has
  // closed the connection.
  std::string ask(const std::string& command);

 private:
  FileDescriptor socket_;
};

}  // namespace hakmem::cli
