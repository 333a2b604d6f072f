// sample.cc: names of verdicts.
#include "measure/sample.h"

#include "user_error.h"

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

Verdict parse_verdict(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(Verdict::wrong_output); ++i) {
    if (name == verdict_name(static_cast<Verdict>(i))) return static_cast<Verdict>(i);
  }
  throw UserError("no verdict is called '" + name + "'");
}

std::string failure_of(const Sample& sample) {
  if (sample.verdict == Verdict::ok) return {};
  return std::string(verdict_name(sample.verdict)) + ": " + sample.detail;
}

}  // namespace hakmem::cli
