// progress.h: what is running now, on standard error: one line rewritten in place on a terminal,
// one line per subject and round elsewhere.
#pragma once

#include <string>

namespace hakmem::cli {

class Progress {
 public:
  Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  // `where` is a round and a subject, `what` the allocator.
  void show(const std::string& where, const std::string& what);
  // A line that stays.
  void note(const std::string& text);

 private:
  bool is_terminal_;
  bool line_is_open_ = false;
  std::string last_where_;
};

}  // namespace hakmem::cli
