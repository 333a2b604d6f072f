// rows.h: the order of the runs.
//
// Rows are measured one after another, so that those which are whole are of use when a comparison
// is cut off; every whole round is kept then. A row consists of rounds: in each the subject runs
// once under every allocator, in a fresh process, and the allocators take turns in going first, so
// a slow phase of the machine hits all alike. Round 0 warms caches and is not counted; what it took
// lengthens a workload whose samples would be too short under the fastest allocator.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compare/plan.h"
#include "measure/sample.h"

namespace hakmem::cli {

struct Measured {
  std::vector<Sample> samples;
  std::vector<bool> complete;  // by row: whether it has all of plan.rounds
  std::string started = {};    // of what was resumed: when that was; else empty
};

// Returns the order of `count` allocators in `round`. It moves on every other round, so the odd and
// the even rounds, which are used apart, each have every allocator in every place.
std::vector<std::size_t> rotation(std::size_t count, int round);

// Measures what `kept` lacks, showing progress on standard error, and calls `row_done` whenever
// there is more of a row. Returns all; a row that has fewer than plan.rounds is not complete.
//
// First each row has plan.rounds rounds, then those that are undecided have further ones, up to
// plan.most_rounds, whether they were measured just now or kept. Whether a row is decided, is asked
// after ever longer stretches: who asks after each round ends when the interval is narrow by luck.
//
// By `deadline`, if it is not 0, all is over. Until then rows are measured in their order, so if
// the time is too short that costs the last rows and not a round of each; they are named, and can
// be had from what is returned. The first row that is measured has one round at least, so there is
// always more than before. Undecided rows then share what is left by what a round of theirs takes.
// Where plan.budget_ends_rounds is not set, the deadline is one for further rounds only.
//
// What was printed is judged after each round, so nobody who printed something else than the
// reference did has further rounds or is the best of the others.
//
// The plan's rows are given the scale and the expected time that the warm-up showed.
Measured measure_rows(Plan& plan, Measured kept, double deadline,
                      const std::function<void(const Measured&)>& row_done);
// The same with all of plan.budget_seconds ahead.
Measured measure_rows(Plan& plan, Measured kept,
                      const std::function<void(const Measured&)>& row_done);

// Returns how long the rounds take that every row has, without those that are there. Rows that were
// not tried yet count with plan.sample_seconds.
double expected_seconds(const Plan& plan, const Measured& measured);
// The same where nothing but whole rows is there.
double expected_seconds(const Plan& plan, const std::vector<bool>& complete);

// Marks as wrong the samples that printed something else than the run under the reference did, for
// subjects whose output must not depend on the allocator.
void judge_outputs(const Plan& plan, std::vector<Sample>& samples);

}  // namespace hakmem::cli
