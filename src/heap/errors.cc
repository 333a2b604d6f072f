// errors.cc: errors.h.
#include "heap/errors.h"

#include "os/environment.h"
#include "os/report.h"

namespace hakmem::heap {

constinit Atomic<std::uint64_t> error_count;
constinit policy::OnError on_error = policy::OnError::report;

void report_pointer(const char* call, const void* pointer, const char* what) {
  error_count.fetch_add_relaxed(1);
  if (on_error == policy::OnError::ignore) return;
  os::ReportLine() << call << ": " << pointer << ' ' << what;
  if (on_error == policy::OnError::abort) os::abort_process();
}

}  // namespace hakmem::heap
