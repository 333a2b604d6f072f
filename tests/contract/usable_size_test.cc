// usable_size_test.cc: usable_size covers what was asked for, is true, and wastes little.
#include <gtest/gtest.h>

#include <vector>

#include "blocks.h"

namespace contract {
namespace {

TEST(UsableSizeTest, NullHasNone) { EXPECT_EQ(subject().usable_size(nullptr), 0U); }

TEST(UsableSizeTest, CoversTheRequest) {
  for (std::size_t bytes = 0; bytes < 70 * kib; bytes += bytes < 2048 ? 1 : 37) {
    void* const block = subject().malloc(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_GE(subject().usable_size(block), bytes);
    EXPECT_GE(subject().usable_size(block), 1U);
    subject().free(block);
  }
}

TEST(UsableSizeTest, EveryUsableByteBelongsToTheBlock) {
  std::vector<void*> blocks;
  for (unsigned round = 0; round < 8; ++round) {
    for (const std::size_t bytes : lane_sizes) {
      if (bytes > 4 * mib) continue;
      void* const block = subject().malloc(bytes);
      ASSERT_NE(block, nullptr);
      paint(block, subject().usable_size(block), static_cast<unsigned>(blocks.size()));
      blocks.push_back(block);
    }
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    ASSERT_TRUE(is_painted(blocks[i], subject().usable_size(blocks[i]), static_cast<unsigned>(i)));
    subject().free(blocks[i]);
  }
}

TEST(UsableSizeTest, SmallClassesAreLinearBySixteen) {
  for (std::size_t bytes = 1; bytes <= 1024; ++bytes) {
    void* const block = subject().malloc(bytes);
    EXPECT_LT(subject().usable_size(block) - bytes, 16U) << bytes;
    subject().free(block);
  }
}

// At least eight classes per doubling: at most an eighth of a block is not the caller's.
TEST(UsableSizeTest, PoolClassesWasteAtMostAnEighth) {
  for (std::size_t bytes = 1025; bytes <= 52 * kib; bytes += 13) {
    void* const block = subject().malloc(bytes);
    const std::size_t usable = subject().usable_size(block);
    EXPECT_LE((usable - bytes) * 8, usable) << bytes;
    subject().free(block);
  }
}

TEST(UsableSizeTest, LargeBlocksAreExactToAPage) {
  for (const std::size_t bytes : {53 * kib, 100'000UL, mib + 1, 10 * mib + 12345}) {
    void* const block = subject().malloc(bytes);
    EXPECT_LE(subject().usable_size(block) - bytes, 64 * kib) << bytes;
    subject().free(block);
  }
}

TEST(UsableSizeTest, StaysTheSameWhileTheBlockLives) {
  for (const std::size_t bytes : lane_sizes) {
    void* const block = subject().malloc(bytes);
    const std::size_t usable = subject().usable_size(block);
    void* const other = subject().malloc(bytes);
    subject().free(other);
    EXPECT_EQ(subject().usable_size(block), usable);
    subject().free(block);
  }
}

}  // namespace
}  // namespace contract
