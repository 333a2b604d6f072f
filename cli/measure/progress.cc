// progress.cc: shows progress on standard error.
#include "measure/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace hakmem::cli {

namespace {

constexpr const char* clear_line = "\r\033[K";

}  // namespace

Progress::Progress() : is_terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (line_is_open_) std::fputs(clear_line, stderr);
}

void Progress::show(const std::string& where, const std::string& what) {
  if (is_terminal_) {
    fmt::print(stderr, "{}{}: {}", clear_line, where, what);
    line_is_open_ = true;
  } else if (where != last_where_) {
    fmt::print(stderr, "{}\n", where);
  }
  last_where_ = where;
}

void Progress::note(const std::string& text) {
  fmt::print(stderr, "{}{}\n", line_is_open_ ? clear_line : "", text);
  line_is_open_ = false;
}

}  // namespace hakmem::cli
