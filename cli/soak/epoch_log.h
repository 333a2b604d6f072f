// epoch_log.h: the seconds of a soak as they come, in a file beside its result: what ends the
// command before the result is written (SIGKILL, no more memory, a power cut) leaves every second
// until then.
//
// The file is called as the result is, with .epochs behind it. It holds a line of JSON for each
// allocator, {"allocator": name}, and after that the lines that the workload printed. The result
// holds them all, so the file is removed when that is written.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace hakmem::cli {

class EpochLog {
 public:
  // `result`: the file that the result is to be written to; empty: nothing is kept. Throws if the
  // log of an earlier soak lies there, which nothing else holds, or if no file can be made.
  explicit EpochLog(const std::filesystem::path& result);

  // What is appended next is this allocator's.
  void begin(const std::string& allocator);
  // A log that can no longer be written does not end a soak; it is kept as it is.
  void append(std::string_view text);
  // Why not everything was kept; nothing if it was.
  [[nodiscard]] const std::string& failure() const { return failure_; }

  void remove();

 private:
  std::filesystem::path path_;
  std::ofstream file_;
  bool in_line_ = false;
  std::string failure_;
};

}  // namespace hakmem::cli
