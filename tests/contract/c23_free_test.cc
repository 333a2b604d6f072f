// c23_free_test.cc: free_sized and free_aligned_sized take blocks back as free does.
#include <gtest/gtest.h>

#include "blocks.h"

namespace contract {
namespace {

TEST(C23FreeTest, NullIsAllowed) {
  subject().free_sized(nullptr, 0);
  subject().free_sized(nullptr, 100);
  subject().free_aligned_sized(nullptr, 64, 100);
}

TEST(C23FreeTest, FreeSizedTakesBlocksOfMallocCallocAndRealloc) {
  for (const std::size_t bytes : lane_sizes) {
    const hak_statistics before = statistics();
    subject().free_sized(subject().malloc(bytes), bytes);
    subject().free_sized(subject().calloc(1, bytes), bytes);
    subject().free_sized(subject().realloc(subject().malloc(16), bytes), bytes);
    EXPECT_LE(statistics().live_bytes, before.live_bytes) << bytes;
    EXPECT_EQ(statistics().error_count, 0U) << bytes;
  }
  subject().free_sized(subject().malloc(0), 0);
}

TEST(C23FreeTest, FreeAlignedSizedTakesBlocksOfAlignedAlloc) {
  for (const std::size_t alignment : {16UL, 64UL, 4096UL, 65536UL, 2 * mib}) {
    for (const std::size_t bytes : {0UL, 1UL, 64UL, 5000UL, 100'000UL, 3 * mib}) {
      const hak_statistics before = statistics();
      void* const block = subject().aligned_alloc(alignment, bytes);
      ASSERT_NE(block, nullptr);
      subject().free_aligned_sized(block, alignment, bytes);
      EXPECT_LE(statistics().live_bytes, before.live_bytes) << alignment << ' ' << bytes;
    }
  }
  EXPECT_EQ(statistics().error_count, 0U);
}

}  // namespace
}  // namespace contract
