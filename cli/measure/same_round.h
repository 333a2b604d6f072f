// same_round.h: figures of one allocator held against those of another, round by round.
//
// A machine's speed changes from minute to minute, so nothing is related but figures of the same
// round, and what is said of two allocators is the median over rounds of such ratios. This is the
// one place that does so: `compare`, `ab` and `scorecard` all ask here.
#pragma once

#include <map>
#include <optional>

#include "measure/ratio.h"

namespace hakmem::cli {

using ByRound = std::map<int, double>;

// Returns own relative to base in each round that both have.
ByRound ratios_by_round(const ByRound& base, const ByRound& own);

// Returns the median of ratios with its interval; nothing if there is no round.
std::optional<Ratio> median_over_rounds(const ByRound& ratios);

// Returns both in one: the ratio of own to base.
std::optional<Ratio> ratio_to(const ByRound& base, const ByRound& own);

// Returns figures of memory less the bytes that a program holds anyway. One that holds no more than
// those counts as holding a page: left out, the best would be missing.
ByRound net_memory(const ByRound& all, double less);

}  // namespace hakmem::cli
