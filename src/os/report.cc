// report.cc: the line goes out, and what follows a failed check.
#include "os/report.h"

#include "base/check.h"
#include "os/environment.h"

namespace hakmem {

namespace os {

ReportLine::~ReportLine() {
  constexpr int standard_error = 2;
  printer_.end_line();
  write_text(standard_error, printer_.text(), printer_.length());
}

}  // namespace os

void check_failed(const char* file, int line) {
  os::ReportLine() << "a check of the allocator itself failed: " << file << ':' << line;
  os::abort_process();
}

}  // namespace hakmem
