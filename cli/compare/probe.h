// probe.h: one run of each subject before the rounds, under the reference allocator, to know how
// long it takes, to scale workloads, and to learn which exit status the program has when all is
// well.
#pragma once

#include <cstdint>

#include "compare/plan.h"

namespace hakmem::cli {

// Fills in what the runs of each row but those that are complete should be like. A subject that
// fails is left as it is: the rounds will show it. Stops when interrupted.
void probe_rows(Plan& plan, const std::vector<bool>& complete);

// Returns a count that takes about `wanted_seconds` if `count` takes `seconds`, rounded to two
// digits.
std::uint64_t scaled_count(std::uint64_t count, double seconds, double wanted_seconds);

}  // namespace hakmem::cli
