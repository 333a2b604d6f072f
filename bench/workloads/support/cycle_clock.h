// cycle_clock.h: times single calls.
//
// On x86-64 by the time-stamp counter, which runs at a constant rate on every processor since 2008
// (Intel SDM volume 3, 18.17); the fences keep the call between the two readings. Elsewhere by
// CLOCK_MONOTONIC, which is coarser. The readings cost time themselves: the clock knows how much.
#pragma once

#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace workload {

class CycleClock {
 public:
  CycleClock() {
    calibrate_rate();
    calibrate_cost();
  }

  static uint64_t ticks() {
#if defined(__x86_64__)
    _mm_lfence();
    const uint64_t now = __rdtsc();
    _mm_lfence();
    return now;
#else
    return nanoseconds();
#endif
  }

  // Returns the nanoseconds between two readings, less what reading costs; not below 0.
  double between(uint64_t start, uint64_t end) const {
    const double ns = static_cast<double>(end - start) * ns_per_tick_ - cost_ns_;
    return ns > 0 ? ns : 0;
  }

  double cost_ns() const { return cost_ns_; }

 private:
  static uint64_t nanoseconds() {
    timespec now = {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(now.tv_nsec);
  }

  void calibrate_rate() {
    constexpr uint64_t enough_ns = 50'000'000;
    const uint64_t start_ns = nanoseconds();
    const uint64_t start = ticks();
    while (nanoseconds() - start_ns < enough_ns) {
    }
    const uint64_t elapsed_ns = nanoseconds() - start_ns;
    ns_per_tick_ = static_cast<double>(elapsed_ns) / static_cast<double>(ticks() - start);
  }

  // The least of many: what two readings cost when nothing comes between.
  void calibrate_cost() {
    constexpr int tries = 10'000;
    uint64_t least = ~uint64_t{0};
    for (int i = 0; i < tries; ++i) {
      const uint64_t start = ticks();
      const uint64_t end = ticks();
      if (end - start < least) least = end - start;
    }
    cost_ns_ = static_cast<double>(least) * ns_per_tick_;
  }

  double ns_per_tick_ = 1;
  double cost_ns_ = 0;
};

}  // namespace workload
