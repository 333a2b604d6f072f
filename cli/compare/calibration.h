// calibration.h: makes a workload's samples last about as long as wanted.
#pragma once

#include "compare/rounds.h"

namespace hakmem::cli {

// Runs each workload of the plan once under the base allocator and sets the parameter that scales
// it (iters, cycles or phases), the same for all allocators. Workloads of fixed time and other
// subjects stay as they are.
void calibrate(Plan& plan, double seconds);

// Returns `count` scaled to `wanted_seconds`, rounded to two digits, at least 1.
std::uint64_t scaled_count(std::uint64_t count, double seconds, double wanted_seconds);

}  // namespace hakmem::cli
