// progress.h: shows on standard error what runs, how far that is, and what went wrong.
#pragma once

#include <string>

namespace hakmem::cli {

// On a terminal one line with a bar that changes in place; else a line whenever `where` changes.
class Progress {
 public:
  Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  // From here on it takes about so many seconds. Without a word of this no bar is shown.
  void expect(double seconds_left);
  // It takes so much longer than was expected.
  void expect_further(double seconds);
  // So many of them are over.
  void advance(double seconds);

  void show(const std::string& where, const std::string& what);
  // Prints a line that stays.
  void note(const std::string& text);

 private:
  static void write(const std::string& text);

  bool is_terminal_;
  bool line_is_open_ = false;
  std::string last_where_;
  double seconds_done_ = 0;
  double seconds_left_ = 0;
};

// Returns a duration as people say it: "45 s", "3 min 20 s", "1 h 5 min".
std::string duration_text(double seconds);

}  // namespace hakmem::cli
