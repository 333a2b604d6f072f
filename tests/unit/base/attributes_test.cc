// attributes_test.cc: the one instruction that is spelled out.
#include "base/attributes.h"

#include <gtest/gtest.h>

#include <limits>

namespace hakmem {
namespace {

TEST(LowerBelowZero, lowers_by_one_and_tells_the_sign) {
  constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
  for (const std::int32_t before : {most, 2, 1, 0, -1, -1000}) {
    std::int32_t count = before;
    EXPECT_EQ(lower_below_zero(count), before - 1 < 0) << before;
    EXPECT_EQ(count, before - 1);
  }
}

}  // namespace
}  // namespace hakmem
