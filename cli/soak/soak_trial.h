// soak_trial.h: a second of the soak before the hour: a library that is no allocator, crashes or
// corrupts blocks is known by then.
#pragma once

#include "measure/allocator.h"
#include "measure/sample.h"
#include "soak/soak_run.h"

namespace hakmem::cli {

// Returns how a run of one second under the allocator ended, judged as the soak itself is.
Sample try_soak(const SoakPlan& plan, const Allocator& allocator);

}  // namespace hakmem::cli
