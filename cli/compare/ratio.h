// ratio.h: one figure relative to another: what every comparison comes down to.
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

// Returns whether the ratio is certain enough to count: known to within the share `limit` of
// itself, from enough rounds.
inline bool is_resolved(const Ratio& ratio, double limit) {
  return ratio.rounds >= fewest_rounds_to_resolve && ratio.uncertainty() <= limit * ratio.median;
}

}  // namespace hakmem::cli
