// consistency.h: whether the numbers that one run printed can all be true.
//
// In every flavour: memory of live blocks and of pages is that of the bands and of large blocks,
// and no wrong pointer was met. Where calls are counted (the observe flavour) each is counted
// twice, as it came in and by the way it took: both must be the same, and what was allocated must
// be what was freed and what lives.
#pragma once

#include <vector>

#include "health/health_finding.h"
#include "health/printed_statistics.h"

namespace hakmem::cli {

struct Expected {
  bool counts_calls = false;      // a library that prints none of these numbers fails
  bool frees_everything = false;  // the program frees what it allocates: hardly a block may live
};

std::vector<HealthFinding> check_consistency(const PrintedStatistics& statistics,
                                             const Expected& expected);

}  // namespace hakmem::cli
