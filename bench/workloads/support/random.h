// random.h: the random numbers of the workloads: xorshift, so that the draw costs next to nothing
// beside the allocation that it steers, and so that a seed gives the same run everywhere.
#pragma once

#include <stdint.h>

namespace workload {

class Random {
 public:
  // Each (seed, stream) gives its own sequence; the mixing keeps small seeds from being alike.
  explicit Random(uint64_t seed, uint64_t stream = 0)
      : state_(mix(seed + 0x9e3779b97f4a7c15ull * (stream + 1)) | 1) {}

  uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

  // Returns a number from 0 to `bound` - 1; `bound` must be below 2^32.
  uint64_t below(uint64_t bound) { return scale(next(), bound); }

  // Returns whether an event of `percent` in a hundred happens.
  bool chance(uint64_t percent) { return below(100) < percent; }

  // Maps the upper half of a drawn word to 0 .. bound - 1 without a division.
  static uint64_t scale(uint64_t word, uint64_t bound) { return ((word >> 32) * bound) >> 32; }

 private:
  static uint64_t mix(uint64_t word) {
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ull;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebull;
    return word ^ (word >> 31);
  }

  uint64_t state_;
};

}  // namespace workload
