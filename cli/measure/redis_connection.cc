// redis_connection.cc: talks to a redis server.
#include "measure/redis_connection.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "user_error.h"

namespace hakmem::cli {

bool RedisConnection::connect(const std::string& socket_path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof(address.sun_path)) {
    throw UserError("the path of the socket is too long: " + socket_path);
  }
  std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size());
  socket_ = FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) ==
         0;
}

std::string RedisConnection::ask(const std::string& command) {
  const std::string line = command + "\r\n";
  if (::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL) < 0) return {};
  std::string reply;
  for (char character = 0; ::recv(socket_.get(), &character, 1, 0) == 1 && character != '\n';) {
    if (character != '\r') reply += character;
  }
  return reply;
}

}  // namespace hakmem::cli
