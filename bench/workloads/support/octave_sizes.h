// octave_sizes.h: sizes of which each doubling is drawn equally often: many small, few large.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "support/random.h"

namespace workload {

class OctaveSizes {
 public:
  // Sizes from `min` to `max`, both below 2^31.
  OctaveSizes(uint64_t min, uint64_t max) : min_(min), max_(max) {
    while ((min << octaves_) <= max) ++octaves_;
  }

  size_t draw(Random& random) const {
    const uint64_t low = min_ << random.below(octaves_);
    const uint64_t high = low * 2 - 1 < max_ ? low * 2 - 1 : max_;
    return low + random.below(high - low + 1);
  }

 private:
  uint64_t min_;
  uint64_t max_;
  unsigned octaves_ = 0;
};

}  // namespace workload
