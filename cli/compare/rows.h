// rows.h: the order of the runs.
//
// Rows are measured one after another, so that those which are whole can be kept when a comparison
// is cut off. A row consists of rounds: in each the subject runs once under every allocator, in a
// fresh process, and the allocators take turns in going first, so a slow phase of the machine hits
// all alike. Round 0 warms caches and is not counted.
#pragma once

#include <functional>
#include <vector>

#include "compare/plan.h"
#include "measure/sample.h"

namespace hakmem::cli {

struct Measured {
  std::vector<Sample> samples;
  std::vector<bool> complete;  // by row
};

// Returns the order of `count` allocators in `round`.
std::vector<std::size_t> rotation(std::size_t count, int round);

// Measures the rows that `kept` does not hold complete, showing progress on standard error, and
// calls `row_done` after each. Returns all; what an interruption cut off is not complete.
//
// Each row has plan.rounds rounds, then further ones while it is undecided. Of plan.budget_seconds
// each row has the share that it is expected to need; what it leaves goes to those that follow. At
// least one round is counted.
//
// An allocator that failed does not run again in the same row: it would only cost time.
Measured measure_rows(const Plan& plan, Measured kept,
                      const std::function<void(const Measured&)>& row_done);

// Returns how long a comparison takes at least, without the rows that are complete.
double expected_seconds(const Plan& plan, const std::vector<bool>& complete);

// Marks as wrong the samples that printed something else than the run under the reference did, for
// subjects whose output must not depend on the allocator.
void judge_outputs(const Plan& plan, std::vector<Sample>& samples);

}  // namespace hakmem::cli
