// net_ratio_test.cc: net costs near the floor, where single rounds come out below 0.
#include "compare/net_ratio.h"

#include <gtest/gtest.h>

#include <random>

namespace hakmem::cli {
namespace {

// Rounds in which own costs `own` and the other `other` beyond the floor, which is noisy.
std::vector<NetCosts> noisy_rounds(double own, double other, double noise, int count,
                                   std::mt19937_64& generator) {
  std::normal_distribution<double> error(0, noise);
  std::vector<NetCosts> rounds;
  for (int i = 0; i < count; ++i) {
    const double floor = error(generator);
    rounds.push_back({own + error(generator) - floor, other + error(generator) - floor});
  }
  return rounds;
}

TEST(NetRatio, WithoutNoiseIsTheRatioOfTheNetCosts) {
  std::mt19937_64 generator(1);
  const auto ratio = net_ratio(noisy_rounds(0.15, 0.6, 0, 6, generator));
  ASSERT_TRUE(ratio.has_value());
  EXPECT_DOUBLE_EQ(ratio->median, 0.25);
  EXPECT_DOUBLE_EQ(ratio->uncertainty(), 0);
  EXPECT_EQ(ratio->rounds, 6U);
}

// With the rounds left out in which it is not above 0, a net cost of nothing would seem to be one.
TEST(NetRatio, KeepsTheRoundsBelowTheFloor) {
  std::mt19937_64 generator(2);
  const auto nothing = net_ratio(noisy_rounds(-0.02, 0.5, 0.05, 63, generator));
  ASSERT_TRUE(nothing.has_value());
  EXPECT_DOUBLE_EQ(nothing->median, least_net_ratio) << "it keeps its place on a logarithmic axis";
  EXPECT_DOUBLE_EQ(nothing->interval.low, least_net_ratio);
  EXPECT_LT(nothing->interval.high, 0.05);
  EXPECT_EQ(nothing->rounds, 63U);
  const auto little = net_ratio(noisy_rounds(0.05, 0.5, 0.05, 63, generator));
  EXPECT_NEAR(little->median, 0.1, 0.05);
}

TEST(NetRatio, IsMissingWhereTheOthersNetCostMayBeNothing) {
  std::mt19937_64 generator(3);
  EXPECT_FALSE(net_ratio(noisy_rounds(0.1, 0.01, 0.05, 20, generator)).has_value());
  EXPECT_FALSE(net_ratio({}).has_value());
}

TEST(NetRatio, WithoutARoundBelowTheFloorIsTheMedianOfTheQuotients) {
  const auto ratio = net_ratio({{1, 2}, {3, 4}, {1, 5}, {3, 5}, {1, 4}, {3, 10}});
  ASSERT_TRUE(ratio.has_value());
  EXPECT_DOUBLE_EQ(ratio->median, 0.4);  // of 0.2 0.25 0.3 0.5 0.6 0.75
  EXPECT_DOUBLE_EQ(ratio->interval.low, 0.2);
  EXPECT_DOUBLE_EQ(ratio->interval.high, 0.75);
  EXPECT_DOUBLE_EQ(ratio->interval.coverage, 0.96875);
}

TEST(NetRatio, ItsMedianLiesInItsInterval) {
  std::mt19937_64 generator(6);
  for (int i = 0; i < 200; ++i) {
    const auto ratio = net_ratio(noisy_rounds(0.2, 0.3, 0.1, 12 + i % 30, generator));
    if (!ratio) continue;
    EXPECT_LE(ratio->interval.low, ratio->median);
    EXPECT_LE(ratio->median, ratio->interval.high);
  }
}

// Six rounds are what the best other is measured by when none are added.
TEST(NetRatio, ItsIntervalHoldsTheTruthAsOftenAsItSays) {
  constexpr int repetitions = 2000;
  std::mt19937_64 generator(4);
  for (const int count : {6, 12, 25, 63}) {
    int holds = 0;
    double says = 0;
    for (int i = 0; i < repetitions; ++i) {
      const auto ratio = net_ratio(noisy_rounds(0.2, 0.4, 0.05, count, generator));
      ASSERT_TRUE(ratio.has_value());
      holds += ratio->interval.low <= 0.5 && 0.5 <= ratio->interval.high ? 1 : 0;
      says = ratio->interval.coverage;
    }
    EXPECT_GE(says, 0.95) << count;
    // Three standard errors of the share that is counted here.
    EXPECT_NEAR(static_cast<double>(holds) / repetitions, says, 0.016) << count;
  }
}

TEST(NetRatio, BelowResolutionIsWithinThreeTimesTheUncertainty) {
  std::mt19937_64 generator(5);
  EXPECT_FALSE(is_below_resolution(noisy_rounds(0.1, 0.5, 0.01, 12, generator)));
  EXPECT_TRUE(is_below_resolution(noisy_rounds(0.1, 0.01, 0.01, 12, generator)));
}

}  // namespace
}  // namespace hakmem::cli
