// size_class_test.cc: the table of classes, and that its judge notices each way to break it.
#include "page/size_class.h"

#include <gtest/gtest.h>

#include <functional>

#include "os/memory.h"

namespace hakmem::page {
namespace {

using Table = std::array<SizeClass, class_count>;

TEST(SizeClass, every_size_gets_the_smallest_class_that_holds_it) {
  for (std::size_t bytes = 1; bytes <= max_pool_bytes; ++bytes) {
    const ClassId id = class_of(bytes);
    ASSERT_LT(id, class_count) << bytes;
    ASSERT_GE(size_classes[id].block_bytes, bytes);
    if (id > 1) {
      ASSERT_LT(size_classes[id - 1].block_bytes, bytes);
    }
  }
}

TEST(SizeClass, nothing_has_a_class_of_its_own) {
  EXPECT_EQ(class_of(0), 0U);
  EXPECT_EQ(class_of(1), 1U);
  EXPECT_EQ(size_classes[0].block_bytes, class_step);
}

TEST(SizeClass, a_class_wastes_at_most_an_eighth) {
  for (std::size_t bytes = 129; bytes <= max_pool_bytes; ++bytes) {
    const std::size_t waste = size_classes[class_of(bytes)].block_bytes - bytes;
    ASSERT_LE(waste * 8, size_classes[class_of(bytes)].block_bytes) << bytes;
  }
}

TEST(SizeClass, blocks_are_aligned_to_sixteen_and_powers_of_two_to_themselves) {
  for (const SizeClass& size_class : size_classes) {
    EXPECT_EQ(size_class.block_bytes % 16, 0U);
  }
  for (std::size_t power = 16; power <= 32 * kib; power *= 2) {
    EXPECT_EQ(size_classes[class_of(power)].block_bytes, power);
  }
}

TEST(SizeClass, a_power_of_two_and_a_fifteenth_wastes_next_to_nothing) {
  for (std::size_t power = 1 * kib; power <= 32 * kib; power *= 2) {
    const std::size_t fifteenth = 16 * power / 15;
    EXPECT_EQ(size_classes[class_of(power + 1)].block_bytes, fifteenth - fifteenth % 16) << power;
    EXPECT_EQ(size_classes[class_of(power * 9 / 8)].block_bytes, power * 9 / 8) << power;
  }
}

TEST(SizeClass, a_run_is_short_and_mostly_blocks) {
  for (const SizeClass& size_class : size_classes) {
    EXPECT_LE(size_class.run_pages, 5U) << size_class.block_bytes;
    EXPECT_GE(size_class.capacity, 2U) << size_class.block_bytes;
    const std::size_t run = size_class.run_pages * region::page_bytes;
    const std::size_t waste = run - std::size_t{size_class.capacity} * size_class.block_bytes;
    EXPECT_LT(waste, size_class.block_bytes);
    EXPECT_TRUE(size_class.capacity >= blocks_worth_a_run || waste * 16 <= run);
  }
}

// Exact where a block starts, which is what it is asked for; inside, never the block before.
TEST(SizeClass, the_block_at_an_offset_is_found_without_division) {
  for (const SizeClass& size_class : size_classes) {
    const auto run = static_cast<std::uint32_t>(size_class.run_pages * region::page_bytes);
    for (std::uint32_t offset = 0; offset < run; ++offset) {
      const std::uint32_t index = block_index(size_class, offset);
      const std::uint32_t exact = offset / size_class.block_bytes;
      ASSERT_TRUE(index == exact || (index == exact + 1 && offset % size_class.block_bytes != 0))
          << size_class.block_bytes << ' ' << offset;
    }
  }
}

TEST(SizeClass, bands_are_those_of_the_options) {
  const std::pair<std::size_t, unsigned> expected[] = {{0, 0},
                                                       {1, 1},
                                                       {16, 1},
                                                       {17, 2},
                                                       {32, 2},
                                                       {33, 3},
                                                       {64, 3},
                                                       {65, 4},
                                                       {128, 4},
                                                       {129, 5},
                                                       {256, 5},
                                                       {257, 6},
                                                       {768, 6},
                                                       {769, 7},
                                                       {1024, 7},
                                                       {1025, policy::pool_band},
                                                       {max_pool_bytes, policy::pool_band}};
  for (const auto& [bytes, band] : expected) {
    EXPECT_EQ(size_classes[class_of(bytes)].band, band) << bytes;
  }
}

TEST(SizeClass, granules_are_few_and_at_least_an_os_page) {
  for (const SizeClass& size_class : size_classes) {
    EXPECT_GE(std::size_t{1} << size_class.granule_shift, os::os_page_bytes);
    EXPECT_LE(size_class.run_pages * region::page_bytes >> size_class.granule_shift,
              std::size_t{granules_per_run});
  }
}

TEST(SizeClassJudge, accepts_the_table) { EXPECT_TRUE(valid_classes(size_classes)); }

// Gives a class another size, with all that follows from it.
void resize(SizeClass& size_class, std::size_t block_bytes) {
  const std::size_t run_bytes = size_class.run_pages * region::page_bytes;
  size_class.block_bytes = static_cast<std::uint32_t>(block_bytes);
  size_class.capacity = static_cast<std::uint16_t>(run_bytes / block_bytes);
  size_class.reciprocal =
      static_cast<std::uint32_t>(((std::uint64_t{1} << 32) + block_bytes - 1) / block_bytes);
}

TEST(SizeClassJudge, accepts_a_class_of_another_size_between_its_neighbours) {
  Table table = size_classes;
  resize(table[linear_classes + 4], table[linear_classes + 4].block_bytes + class_step);
  EXPECT_TRUE(valid_classes(table));
}

struct Breakage {
  const char* what;
  std::function<void(Table&)> apply;
};

class BrokenTable : public testing::TestWithParam<Breakage> {};

TEST_P(BrokenTable, is_refused) {
  Table table = size_classes;
  GetParam().apply(table);
  EXPECT_FALSE(valid_classes(table));
}

INSTANTIATE_TEST_SUITE_P(
    SizeClassJudge, BrokenTable,
    testing::Values(
        Breakage{"size_not_a_multiple_of_sixteen", [](Table& table) { table[5].block_bytes += 8; }},
        Breakage{"two_classes_of_one_size", [](Table& table) { table[20] = table[19]; }},
        Breakage{"classes_out_of_order", [](Table& table) { std::swap(table[30], table[31]); }},
        Breakage{"gap_wider_than_an_eighth",
                 [](Table& table) {
                   const std::size_t next = table[linear_classes + 3].block_bytes;
                   resize(table[linear_classes + 2], next - class_step);
                 }},
        Breakage{"no_block_at_all", [](Table& table) { table[3].capacity = 0; }},
        Breakage{"a_block_too_many", [](Table& table) { ++table[3].capacity; }},
        Breakage{"a_block_too_few", [](Table& table) { --table[3].capacity; }},
        Breakage{"a_run_too_long", [](Table& table) { ++table[3].run_pages; }},
        Breakage{"more_granules_than_bits",
                 [](Table& table) { table[class_count - 1].granule_shift = 12; }},
        Breakage{"reciprocal_too_small", [](Table& table) { table[7].reciprocal -= 1 << 10; }},
        Breakage{"reciprocal_too_large", [](Table& table) { table[7].reciprocal += 1 << 20; }},
        Breakage{
            "last_class_too_small",
            [](Table& table) { resize(table[class_count - 1], max_pool_bytes - class_step); }}),
    [](const testing::TestParamInfo<Breakage>& parameter) { return parameter.param.what; });

}  // namespace
}  // namespace hakmem::page
