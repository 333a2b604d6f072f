// same_round_test.cc: figures are related within a round, or not at all.
#include "measure/same_round.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "measure/interval_text.h"

namespace hakmem::cli {
namespace {

TEST(SameRound, ARoundThatOneOfThemLacksIsLeftOut) {
  const ByRound base = {{1, 2}, {2, 4}, {3, 8}, {5, 100}};
  const ByRound own = {{1, 1}, {2, 2}, {3, 4}, {4, 1}};
  EXPECT_EQ(ratios_by_round(base, own), (ByRound{{1, 0.5}, {2, 0.5}, {3, 0.5}}));
  const Ratio ratio = ratio_to(base, own).value();
  EXPECT_EQ(ratio.median, 0.5);
  EXPECT_EQ(ratio.rounds, 3U);
  EXPECT_EQ(ratio.interval.coverage, 0.75);
  EXPECT_FALSE(ratio_to(base, {{4, 1}}).has_value());
}

// The quotient of the medians would be 1.
TEST(SameRound, TheMedianIsOfTheQuotients) {
  const ByRound base = {{1, 1}, {2, 10}, {3, 4}};
  const ByRound own = {{1, 2}, {2, 4}, {3, 10}};
  EXPECT_EQ(ratio_to(base, own)->median, 2);
}

TEST(SameRound, WhoHoldsLessThanAnywayHoldsAPage) {
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  const ByRound net = net_memory({{1, 10 * page}, {2, 3 * page}, {3, page}}, 2 * page);
  EXPECT_EQ(net, (ByRound{{1, 8 * page}, {2, page}, {3, page}}));
}

TEST(RatioText, MarksWhatHoldsTheMedianInFewerCases) {
  EXPECT_EQ(ratio_text(Ratio{0.97, {0.967, 0.973, 0.969}, 6}), "0.970 ±0.003");
  EXPECT_EQ(ratio_text(Ratio{0.97, {0.967, 0.973, 0.9375}, 5}), "0.970 ±0.003~");
  EXPECT_EQ(ratio_text(std::optional<Ratio>()), "-");
  EXPECT_EQ(limits_text(), "1.5 % (3 % with more threads than cores)");
}

}  // namespace
}  // namespace hakmem::cli
