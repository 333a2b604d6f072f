// calloc_test.cc: calloc gives zeros, also where dirty blocks lie ready, and detects overflow.
#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

#include "blocks.h"

namespace contract {
namespace {

TEST(CallocTest, FreshBlocksAreZero) {
  for (const std::size_t bytes : lane_sizes) {
    void* const block = subject().calloc(1, bytes);
    ASSERT_NE(block, nullptr) << bytes;
    EXPECT_TRUE(is_aligned(block, block_alignment));
    EXPECT_TRUE(is_zero(block, bytes)) << bytes;
    subject().free(block);
  }
}

TEST(CallocTest, ReusedBlocksAreZeroToTheLastUsableByteAskedFor) {
  for (const std::size_t bytes : lane_sizes) {
    if (bytes > 4 * mib) continue;
    for (unsigned round = 0; round < 4; ++round) {
      void* const dirty = subject().malloc(bytes);
      ASSERT_NE(dirty, nullptr);
      std::memset(dirty, 0xff, subject().usable_size(dirty));
      subject().free(dirty);
      void* const block = subject().calloc(bytes, 1);
      ASSERT_NE(block, nullptr);
      ASSERT_TRUE(is_zero(block, bytes)) << bytes;
      std::memset(block, 0xff, bytes);
      subject().free(block);
    }
  }
}

TEST(CallocTest, ManyDirtyBlocksComeBackAsZeros) {
  for (const std::size_t bytes : {24UL, 400UL, 2000UL, 20'000UL, 120'000UL}) {
    std::vector<void*> blocks(300);
    for (void*& block : blocks) {
      block = subject().malloc(bytes);
      ASSERT_NE(block, nullptr);
      std::memset(block, 0xa5, bytes);
    }
    for (void* const block : blocks) subject().free(block);
    for (void*& block : blocks) {
      block = subject().calloc(1, bytes);
      ASSERT_TRUE(is_zero(block, bytes)) << bytes;
    }
    for (void* const block : blocks) subject().free(block);
  }
}

TEST(CallocTest, CountAndSizeMultiply) {
  void* const block = subject().calloc(37, 111);
  ASSERT_NE(block, nullptr);
  EXPECT_GE(subject().usable_size(block), 37U * 111U);
  EXPECT_TRUE(is_zero(block, std::size_t{37} * 111));
  subject().free(block);
}

TEST(CallocTest, ZeroCountOrSizeIsABlockOfItsOwn) {
  void* const blocks[] = {subject().calloc(0, 8), subject().calloc(8, 0), subject().calloc(0, 0)};
  EXPECT_NE(blocks[0], nullptr);
  EXPECT_NE(blocks[1], nullptr);
  EXPECT_NE(blocks[2], nullptr);
  EXPECT_NE(blocks[0], blocks[1]);
  EXPECT_NE(blocks[1], blocks[2]);
  EXPECT_NE(blocks[0], blocks[2]);
  for (void* const block : blocks) subject().free(block);
}

}  // namespace
}  // namespace contract
