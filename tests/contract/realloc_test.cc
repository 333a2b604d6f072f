// realloc_test.cc: realloc keeps the contents, whichever lanes it moves between.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "blocks.h"

namespace contract {
namespace {

TEST(ReallocTest, NullIsMalloc) {
  void* const block = subject().realloc(nullptr, 100);
  ASSERT_NE(block, nullptr);
  EXPECT_GE(subject().usable_size(block), 100U);
  subject().free(block);
  void* const empty = subject().realloc(nullptr, 0);
  EXPECT_NE(empty, nullptr);
  subject().free(empty);
}

TEST(ReallocTest, ZeroFreesAndReturnsNull) {
  for (const std::size_t bytes : lane_sizes) {
    void* const block = subject().malloc(bytes);
    ASSERT_NE(block, nullptr);
    const hak_statistics before = statistics();
    EXPECT_EQ(subject().realloc(block, 0), nullptr) << bytes;
    EXPECT_LE(statistics().live_bytes + bytes, before.live_bytes) << bytes;
  }
}

TEST(ReallocTest, ContentsMoveBetweenAllLanes) {
  for (const std::size_t from : lane_sizes) {
    for (const std::size_t to : lane_sizes) {
      if (std::max(from, to) > 4 * mib && std::min(from, to) > 64 * kib) continue;
      void* block = subject().malloc(from);
      ASSERT_NE(block, nullptr);
      const std::size_t kept = std::min({from, to, 4 * mib});
      paint(block, kept, 7);
      block = subject().realloc(block, to);
      ASSERT_NE(block, nullptr) << from << " to " << to;
      ASSERT_TRUE(is_aligned(block, block_alignment));
      ASSERT_GE(subject().usable_size(block), to);
      ASSERT_TRUE(is_painted(block, kept, 7)) << from << " to " << to;
      static_cast<unsigned char*>(block)[to - 1] = 1;
      subject().free(block);
    }
  }
}

TEST(ReallocTest, LargeBlocksKeepEveryByteWhenTheyGrowAndShrink) {
  std::size_t bytes = 60 * kib;
  auto* block = static_cast<unsigned char*>(subject().malloc(bytes));
  ASSERT_NE(block, nullptr);
  paint(block, bytes, 3);
  for (const std::size_t next : {100 * kib, 1 * mib, 5 * mib, 40 * mib, 90 * mib, 30 * mib, 2 * mib,
                                 300 * kib, 50 * kib, 700UL, 3 * mib}) {
    block = static_cast<unsigned char*>(subject().realloc(block, next));
    ASSERT_NE(block, nullptr);
    ASSERT_TRUE(is_painted(block, std::min(bytes, next), 3)) << bytes << " to " << next;
    paint(block, next, 3);
    bytes = next;
  }
  subject().free(block);
}

TEST(ReallocTest, FailureLeavesTheBlockAlone) {
  for (const std::size_t bytes : {16UL, 1000UL, 5000UL, 200'000UL, 5'000'000UL}) {
    void* const block = subject().malloc(bytes);
    ASSERT_NE(block, nullptr);
    paint(block, bytes, 5);
    for (const std::size_t huge :
         {static_cast<std::size_t>(PTRDIFF_MAX), SIZE_MAX, SIZE_MAX - 15, SIZE_MAX / 2 - 4096}) {
      errno = 0;
      EXPECT_EQ(subject().realloc(block, opaque(huge)), nullptr);
      EXPECT_EQ(errno, ENOMEM);
    }
    EXPECT_TRUE(is_painted(block, bytes, 5));
    subject().free(block);
  }
}

TEST(ReallocTest, SteadyGrowthDoesNotCopyQuadratically) {
  constexpr std::size_t step = 64 * kib;
  constexpr std::size_t last = 192 * mib;
  std::size_t moved_bytes = 0;
  void* block = subject().malloc(step);
  ASSERT_NE(block, nullptr);
  for (std::size_t bytes = 2 * step; bytes <= last; bytes += step) {
    const auto before = reinterpret_cast<std::uintptr_t>(block);
    block = subject().realloc(block, bytes);
    ASSERT_NE(block, nullptr);
    *(static_cast<char*>(block) + bytes - 1) = 1;
    if (reinterpret_cast<std::uintptr_t>(block) != before) moved_bytes += bytes - step;
  }
  subject().free(block);
  EXPECT_LT(moved_bytes, 24 * last);
}

TEST(ReallocTest, ShrinkingALargeBlockGivesMemoryBack) {
  void* block = subject().malloc(64 * mib);
  ASSERT_NE(block, nullptr);
  touch(block, 64 * mib);
  const hak_statistics before = statistics();
  block = subject().realloc(block, mib);
  ASSERT_NE(block, nullptr);
  EXPECT_LE(subject().usable_size(block), 2 * mib);
  EXPECT_LE(statistics().live_bytes + 60 * mib, before.live_bytes);
  subject().free(block);
}

TEST(ReallocTest, AlignedBlocksKeepTheirContents) {
  for (const std::size_t alignment : {64UL, 4096UL, 65536UL, 2 * mib}) {
    void* block = subject().aligned_alloc(alignment, 3000);
    ASSERT_NE(block, nullptr);
    paint(block, 3000, 9);
    block = subject().realloc(block, 300'000);
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(is_painted(block, 3000, 9)) << alignment;
    block = subject().realloc(block, 30);
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(is_painted(block, 30, 9)) << alignment;
    subject().free(block);
  }
}

TEST(ReallocTest, ReallocarrayMultiplies) {
  void* block = subject().reallocarray(nullptr, 10, 30);
  ASSERT_NE(block, nullptr);
  paint(block, 300, 2);
  block = subject().reallocarray(block, 100, 300);
  ASSERT_NE(block, nullptr);
  EXPECT_GE(subject().usable_size(block), 30'000U);
  EXPECT_TRUE(is_painted(block, 300, 2));
  EXPECT_EQ(subject().reallocarray(block, 0, 8), nullptr);
}

}  // namespace
}  // namespace contract
