// flavour.cc: asks a library for its statistics.
#include "ab/flavour.h"

#include "launch/installation.h"
#include "measure/child.h"
#include "measure/measure.h"
#include "user_error.h"

namespace hakmem::cli {

bool counts_calls(const Allocator& allocator) {
  constexpr double timeout_seconds = 10;
  Child child({{find_workload("tiny_hot").string(), "cycles=1"},
               {"HAKMEM_STATS=1"},
               allocator.library,
               true});
  Sample sample;
  if (child.wait(timeout_seconds)) {
    judge_workload(child, allocator, sample);
  } else {
    judge_timeout(child, timeout_seconds, sample);
  }
  if (sample.verdict != Verdict::ok) {
    throw UserError(allocator.library.string() +
                    ": a small program does not run under it: " + failure_of(sample));
  }
  return child.errors().find("[ALLOC_GATE_STATS]") != std::string::npos;
}

}  // namespace hakmem::cli
