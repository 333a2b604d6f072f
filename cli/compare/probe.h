// probe.h: one run of each subject before the rounds, under the reference allocator, to know how
// long it takes, to scale workloads, and to learn which exit status the program has when all is
// well.
#pragma once

#include <cstdint>
#include <vector>

#include "compare/plan.h"
#include "measure/sample.h"

namespace hakmem::cli {

// Fills in what the runs of each row but those that are `known` should be like. A subject that
// fails is left as it is: the rounds will show it. Stops when interrupted, or when it is later than
// `deadline`, if that is not 0.
//
// Returns the runs that did not end in time, as failed ones of the warm-up: nobody waits for them
// under the reference again.
std::vector<Sample> probe_rows(Plan& plan, const std::vector<bool>& known, double deadline = 0);

// Returns after how many seconds a trial run is given up: a small share of the budget, where there
// is one that must be kept.
double trial_timeout(const Plan& plan);

// Returns a count that takes about `wanted_seconds` if `count` takes `seconds`, rounded to two
// digits.
std::uint64_t scaled_count(std::uint64_t count, double seconds, double wanted_seconds);

// Returns by what to multiply the count of a workload whose samples took so many seconds, one under
// each allocator: the fastest is to take `wanted_seconds` at least, but the slowest no more than
// three times as long.
double scale_factor(const std::vector<double>& seconds, double wanted_seconds);

}  // namespace hakmem::cli
