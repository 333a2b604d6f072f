// statistics_test.cc: median, geometric mean and the interval of the median.
#include "measure/statistics.h"

#include <gtest/gtest.h>

#include <vector>

namespace hakmem::cli {
namespace {

TEST(Statistics, MedianOfOddAndEvenCounts) {
  EXPECT_DOUBLE_EQ(median({3}), 3);
  EXPECT_DOUBLE_EQ(median({9, 1, 5}), 5);
  EXPECT_DOUBLE_EQ(median({4, 1, 3, 2}), 2.5);
}

TEST(Statistics, GeometricMeanOfReciprocalsIsOne) {
  EXPECT_DOUBLE_EQ(geometric_mean({0.5, 2}), 1);
  EXPECT_DOUBLE_EQ(geometric_mean({7}), 7);
}

TEST(Statistics, IntervalOfEqualValuesHasNoWidth) {
  const Interval interval = median_interval({1.5, 1.5, 1.5, 1.5});
  EXPECT_DOUBLE_EQ(interval.low, 1.5);
  EXPECT_DOUBLE_EQ(interval.high, 1.5);
}

TEST(Statistics, IntervalHoldsTheMedianAndIgnoresOneOutlier) {
  std::vector<double> values;
  for (int i = 0; i < 21; ++i) values.push_back(1.0 + 0.001 * i);
  values.push_back(50);
  const Interval interval = median_interval(values);
  EXPECT_LE(interval.low, median(values));
  EXPECT_GE(interval.high, median(values));
  EXPECT_LT(interval.high, 1.03);
}

TEST(Statistics, IntervalIsRepeatable) {
  const std::vector<double> values = {1, 5, 2, 8, 3, 9, 4};
  EXPECT_EQ(median_interval(values).low, median_interval(values).low);
  EXPECT_EQ(median_interval(values).high, median_interval(values).high);
}

}  // namespace
}  // namespace hakmem::cli
