// epoch_log.h: the seconds of a soak as they come, in a file beside its result: what ends the
// command before the result is written (SIGKILL, no more memory) leaves every second until then.
// Of a machine that loses its power it leaves what the kernel had written by then: to wait for the
// disk every second would be a part of what is measured.
//
// The file is called as the result is, with .epochs behind it. It holds a line of JSON for each
// allocator, {"allocator": name}, and after that the lines that the workload printed. It is made
// with the first of those, so that what ends before leaves none. The result holds them all, so the
// file is removed when that is written.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "measure/file_descriptor.h"

namespace hakmem::cli {

class EpochLog {
 public:
  // `result`: the file that the result is to be written to; empty: nothing is kept. Throws if the
  // log of an earlier soak lies there, which nothing else holds.
  explicit EpochLog(const std::filesystem::path& result);

  // What is appended next is this allocator's.
  void begin(const std::string& allocator);
  // A log that can no longer be written does not end a soak; it is kept as it is.
  void append(std::string_view text);
  // Why not everything was kept; nothing if it was.
  [[nodiscard]] const std::string& failure() const { return failure_; }

  void remove();

 private:
  bool write(std::string_view text);

  std::filesystem::path path_;
  FileDescriptor file_;
  std::string head_;  // of the allocator whose lines come next, until the first one is there
  bool in_line_ = false;
  std::string failure_;
};

}  // namespace hakmem::cli
