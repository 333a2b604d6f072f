// ratio.h: one figure relative to another: what every comparison comes down to, and when it is
// certain enough to count.
#pragma once

#include <cstddef>

#include "measure/statistics.h"

namespace hakmem::cli {

struct Ratio {
  double median = 0;
  Interval interval;
  std::size_t rounds = 0;

  // Half of the width of the interval.
  [[nodiscard]] double uncertainty() const { return (interval.high - interval.low) / 2; }
};

// With fewer rounds no interval of a median reaches a coverage of 95 %, however narrow it is.
inline constexpr std::size_t fewest_rounds_to_resolve = 6;

// The uncertainty, as a share of the ratio, up to which one counts. Threads beyond the cores wait
// for each other: what they do differs more from run to run.
inline constexpr double usual_limit = 0.015;
inline constexpr double limit_beyond_cores = 0.03;

// Returns whether the ratio is certain enough to count: known to within the share `limit` of
// itself, from enough rounds.
inline bool is_resolved(const Ratio& ratio, double limit) {
  return ratio.rounds >= fewest_rounds_to_resolve && ratio.uncertainty() <= limit * ratio.median;
}

// Returns whether the interval holds the true median in 95 % of cases, as intervals are meant to.
inline bool has_full_coverage(const Ratio& ratio) {
  constexpr double full_coverage = 0.95;
  return ratio.interval.coverage >= full_coverage;
}

}  // namespace hakmem::cli
