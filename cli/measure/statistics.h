// statistics.h: the few statistics of a comparison.
#pragma once

#include <cstddef>
#include <vector>

namespace hakmem::cli {

struct Interval {
  double low = 0;
  double high = 0;
};

// Precondition of all: `values` is not empty.
double median(std::vector<double> values);
double geometric_mean(const std::vector<double>& values);

// Returns a 95 % bootstrap interval of the median. The resampling is seeded with a constant, so the
// same values always give the same interval.
Interval median_interval(const std::vector<double>& values);

}  // namespace hakmem::cli
