// flavour.cc: asks a library for its statistics.
#include "ab/flavour.h"

#include "launch/installation.h"
#include "measure/child.h"
#include "user_error.h"

namespace hakmem::cli {

bool counts_calls(const Allocator& allocator) {
  constexpr double timeout_seconds = 10;
  Child child({{find_workload("tiny_hot").string(), "cycles=1"},
               {"HAKMEM_STATS=1"},
               allocator.library,
               false});
  if (!child.wait(timeout_seconds) || child.ending().wait_status != 0) {
    throw UserError(allocator.library.string() +
                    ": a small program does not run under it: " + child.last_error_line());
  }
  return child.errors().find("[ALLOC_GATE_STATS]") != std::string::npos;
}

}  // namespace hakmem::cli
