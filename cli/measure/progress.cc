// progress.cc: shows progress on standard error.
#include "measure/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace hakmem::cli {

namespace {

constexpr const char* clear_line = "\r\033[K";
constexpr int bar_width = 20;

}  // namespace

// A terminal that is gone, or a full disk, must not end the measuring.
void Progress::write(const std::string& text) { std::fputs(text.c_str(), stderr); }

Progress::Progress() : is_terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (line_is_open_) std::fputs(clear_line, stderr);
}

void Progress::expect(double seconds_left) { seconds_left_ = seconds_left; }

void Progress::expect_further(double seconds) { seconds_left_ += seconds; }

void Progress::advance(double seconds) {
  seconds_done_ += seconds;
  seconds_left_ = std::max(0.0, seconds_left_ - seconds);
}

void Progress::show(const std::string& where, const std::string& what) {
  if (is_terminal_) {
    std::string bar;
    if (seconds_done_ + seconds_left_ > 0) {
      const double share = seconds_done_ / (seconds_done_ + seconds_left_);
      const int full = static_cast<int>(share * bar_width);
      bar = fmt::format("[{:#<{}}{:.<{}}] {} left, ", "", full, "", bar_width - full,
                        duration_text(seconds_left_));
    }
    write(fmt::format("{}{}{}: {}", clear_line, bar, where, what));
    line_is_open_ = true;
  } else if (where != last_where_) {
    write(where + "\n");
  }
  last_where_ = where;
}

void Progress::note(const std::string& text) {
  write((line_is_open_ ? clear_line : "") + text + "\n");
  line_is_open_ = false;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(std::ceil(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace hakmem::cli
