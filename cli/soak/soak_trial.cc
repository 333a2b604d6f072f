// soak_trial.cc: runs the workload for a second.
#include "soak/soak_trial.h"

#include "measure/child.h"
#include "measure/interrupt.h"
#include "measure/measure.h"
#include "user_error.h"

namespace hakmem::cli {

Sample try_soak(const SoakPlan& plan, const Allocator& allocator) {
  constexpr double trial_seconds = 1;
  constexpr double limit_seconds = trial_seconds + soak_grace_seconds;
  Sample sample;
  try {
    Child child({soak_command(plan, trial_seconds), {}, allocator.library, true});
    if (child.wait(limit_seconds)) {
      judge_workload(child, allocator, sample);
    } else if (interrupted() == 0) {
      judge_timeout(child, limit_seconds, sample);
    }
  } catch (const UserError& error) {
    sample.verdict = Verdict::not_started;
    sample.detail = error.what();
  }
  if (sample.verdict != Verdict::ok) {
    sample.detail = "in a trial of one second: " + sample.detail;
  }
  return sample;
}

}  // namespace hakmem::cli
