// sample.cc: names of verdicts.
#include "measure/sample.h"

namespace hakmem::cli {

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::not_started:
      return "not started";
    case Verdict::crashed:
      return "crashed";
    case Verdict::failed:
      return "failed";
    case Verdict::corrupt:
      return "corrupt";
    case Verdict::timed_out:
      return "timed out";
    case Verdict::wrong_allocator:
      return "wrong allocator";
    case Verdict::unproven:
      return "unproven";
    case Verdict::wrong_output:
      return "wrong output";
  }
  return "unknown";
}

}  // namespace hakmem::cli
