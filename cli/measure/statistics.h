// statistics.h: the few statistics of a comparison.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace hakmem::cli {

struct Interval {
  double low = 0;
  double high = 0;
  double coverage = 0;  // the share of such intervals that hold the true value
};

// Precondition of all that take values: there is one.
double median(std::vector<double> values);
double geometric_mean(const std::vector<double>& values);

// An interval between two values in their order.
struct OrderInterval {
  std::size_t steps = 0;  // from the lowest value to the low end, from the highest to the high end
  double coverage = 0;    // of the median of whatever the values were drawn from
};

// Returns the narrowest such interval of `count` values that has a coverage of 95 %, or between the
// lowest and the highest if none has.
OrderInterval order_interval(std::size_t count);

// Returns an interval of the median with a coverage of 95 % or little more, less only where there
// are fewer than six values.
//
// Up to twenty values its ends are two of them, as many steps from the lowest as from the highest.
// How often those hold the median of whatever the values were drawn from follows from the binomial
// distribution alone. The bootstrap, which takes over where there are more, is too narrow for few.
Interval median_interval(const std::vector<double>& values);

// Returns the coverage of the interval that median_interval chooses among `count` values.
double median_coverage(std::size_t count);

// Places of values, as many as there are, drawn with replacement.
using Resample = std::vector<std::size_t>;

// Returns the 95 % percentile bootstrap interval of `figure`, a function of `count` values by their
// places; of fewer than six its coverage is no better than that of the median. The resampling is
// seeded with a constant, so the same values always give the same interval.
Interval bootstrap_interval(std::size_t count,
                            const std::function<double(const Resample& places)>& figure);

}  // namespace hakmem::cli
