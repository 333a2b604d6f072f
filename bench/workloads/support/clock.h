// clock.h: the clock of the workloads.
#pragma once

#include <time.h>

namespace workload {

// Returns seconds on a clock that only goes forward.
inline double now_seconds() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace workload
