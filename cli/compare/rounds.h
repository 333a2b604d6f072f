// rounds.h: the order of the runs.
//
// One fresh process per sample. In each round every subject runs under every allocator, and the
// allocators take turns in going first, so a slow phase of the machine hits all alike. Round 0
// warms caches and is not counted.
#pragma once

#include <optional>
#include <vector>

#include "measure/allocator.h"
#include "measure/sample.h"
#include "measure/subject.h"

namespace hakmem::cli {

struct Plan {
  std::vector<Subject> subjects;
  std::vector<Allocator> allocators;
  std::size_t base = 0;            // the allocator that ratios relate to
  std::optional<std::size_t> own;  // the allocator that is held against the best of the others
  int rounds = 7;
  int most_rounds = 7;           // rows that are undecided then go on for up to so many
  double timeout_seconds = 120;  // of one sample
  double budget_seconds = 0;     // no new round starts that would end later; 0: no limit
};

// Returns the order of `count` allocators in `round`.
std::vector<std::size_t> rotation(std::size_t count, int round);

// Runs everything, showing progress on standard error. At least one round is counted, unless it is
// interrupted: then what was measured so far is returned.
std::vector<Sample> run_rounds(const Plan& plan);

// Marks as wrong the samples that printed something else than the run under libc did (or, without
// libc, the first allocator's), for subjects whose output must not depend on the allocator.
void judge_outputs(const Plan& plan, std::vector<Sample>& samples);

}  // namespace hakmem::cli
