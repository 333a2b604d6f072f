// statistics_test.cc: median, geometric mean, and intervals that hold what they promise.
#include "measure/statistics.h"

#include <gtest/gtest.h>

#include <random>
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

TEST(Statistics, FewValuesAreBoundedByOrderStatistics) {
  struct Known {
    std::vector<double> values;
    double low;
    double high;
    double coverage;
  };
  // Coverage by the tables of the binomial distribution.
  const Known list[] = {{{7}, 7, 7, 0},
                        {{3, 1, 2}, 1, 3, 0.75},
                        {{5, 1, 4, 2, 3}, 1, 5, 0.9375},
                        {{6, 5, 1, 4, 2, 3}, 1, 6, 0.96875},
                        {{9, 8, 7, 6, 5, 4, 3, 2, 1}, 2, 8, 0.9609375},
                        {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 3, 10, 0.96142578125}};
  for (const Known& known : list) {
    const Interval interval = median_interval(known.values);
    EXPECT_DOUBLE_EQ(interval.low, known.low) << known.values.size();
    EXPECT_DOUBLE_EQ(interval.high, known.high) << known.values.size();
    EXPECT_DOUBLE_EQ(interval.coverage, known.coverage) << known.values.size();
  }
}

TEST(Statistics, OrderIntervalsAreKnownForAnyCount) {
  // The sign test's tables: the largest count below which 2.5 % lie.
  EXPECT_EQ(order_interval(5).steps, 0U);
  EXPECT_EQ(order_interval(25).steps, 7U);
  EXPECT_EQ(order_interval(50).steps, 17U);
  EXPECT_EQ(order_interval(100).steps, 39U);
  EXPECT_GE(order_interval(1000).coverage, 0.95);
  EXPECT_LT(order_interval(1000).coverage, 0.96);
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

// Skewed, with a fifth of the values far off, as times are.
double draw(std::mt19937_64& generator) {
  std::lognormal_distribution<double> usual(0, 0.02);
  std::uniform_real_distribution<double> luck(0, 1);
  const double value = usual(generator);
  return luck(generator) < 0.2 ? value * value * value * value : value;
}

TEST(Statistics, IntervalsHoldTheTrueMedianAsOftenAsTheySay) {
  constexpr int repetitions = 2000;
  std::mt19937_64 generator(1);
  for (const std::size_t count : {3, 6, 10, 31}) {
    int holds = 0;
    double says = 0;
    for (int i = 0; i < repetitions; ++i) {
      std::vector<double> values(count);
      for (double& value : values) value = draw(generator);
      const Interval interval = median_interval(values);
      holds += interval.low <= 1 && 1 <= interval.high ? 1 : 0;
      says = interval.coverage;
    }
    // Three standard errors of the share that is counted here.
    EXPECT_NEAR(static_cast<double>(holds) / repetitions, says, 0.03) << count;
    EXPECT_EQ(says >= 0.95, count >= 6) << count;
  }
}

TEST(Statistics, TheBootstrapTakesAnyFigureAndIsRepeatable) {
  const std::vector<double> values = {1, 5, 2, 8, 3, 9, 4};
  const auto sum = [&values](const Resample& places) {
    double total = 0;
    for (const std::size_t place : places) total += values[place];
    return total;
  };
  const Interval interval = bootstrap_interval(values.size(), sum);
  EXPECT_LT(interval.low, 32);
  EXPECT_GT(interval.high, 32);
  EXPECT_EQ(interval.low, bootstrap_interval(values.size(), sum).low);
  EXPECT_EQ(interval.high, bootstrap_interval(values.size(), sum).high);
  EXPECT_DOUBLE_EQ(interval.coverage, 0.95);
  EXPECT_DOUBLE_EQ(bootstrap_interval(3, sum).coverage, 0.75);
}

}  // namespace
}  // namespace hakmem::cli
