// bits_test.cc: arithmetic on sizes and addresses.
#include "base/bits.h"

#include <gtest/gtest.h>

namespace hakmem {
namespace {

TEST(Bits, rounds_to_multiples) {
  for (std::size_t alignment = 1; alignment <= 64; alignment *= 2) {
    for (std::size_t value = 0; value < 300; ++value) {
      EXPECT_EQ(align_up(value, alignment), (value + alignment - 1) / alignment * alignment);
      EXPECT_EQ(align_down(value, alignment), value / alignment * alignment);
      EXPECT_EQ(is_aligned(value, alignment), value % alignment == 0);
    }
  }
}

TEST(Bits, rounding_up_wraps_at_the_end) {
  const std::size_t last = ~std::size_t{0};
  EXPECT_EQ(align_up(last, 4096), 0U);
  EXPECT_EQ(align_up(last - 4095, 4096), last - 4095);
  EXPECT_EQ(align_down(last, 4096), last - 4095);
}

TEST(Bits, divides_up) {
  EXPECT_EQ(divide_up(0, 7), 0U);
  EXPECT_EQ(divide_up(1, 7), 1U);
  EXPECT_EQ(divide_up(7, 7), 1U);
  EXPECT_EQ(divide_up(8, 7), 2U);
}

TEST(Bits, sets_low_bits_from_none_to_all) {
  EXPECT_EQ(low_bits32(0), 0U);
  EXPECT_EQ(low_bits32(1), 1U);
  EXPECT_EQ(low_bits32(31), 0x7FFF'FFFFU);
  EXPECT_EQ(low_bits32(32), 0xFFFF'FFFFU);
  EXPECT_EQ(low_bits64(0), 0U);
  EXPECT_EQ(low_bits64(48), 0xFFFF'FFFF'FFFFU);
  EXPECT_EQ(low_bits64(64), ~std::uint64_t{0});
}

TEST(Bits, units_are_powers_of_two) {
  EXPECT_EQ(kib, 1024U);
  EXPECT_EQ(mib, 1024 * kib);
  EXPECT_EQ(gib, 1024 * mib);
}

}  // namespace
}  // namespace hakmem
