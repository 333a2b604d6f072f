// memalign_test.cc: memalign, valloc, pvalloc and cfree, which are glibc's alone.
//
// glibc's memalign rounds an alignment up to a power of two where POSIX and C23 refuse it; a
// program that relies on either gets a block at least that aligned or an error, never less.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>

#include "blocks.h"

namespace contract {
namespace {

TEST(MemalignTest, MemalignAligns) {
  for (std::size_t alignment = 1; alignment <= 8 * mib; alignment *= 2) {
    void* const block = libc_names().memalign(alignment, 777);
    ASSERT_NE(block, nullptr) << alignment;
    EXPECT_TRUE(is_aligned(block, alignment));
    EXPECT_TRUE(is_aligned(block, block_alignment));
    paint(block, 777, 1);
    subject().free(block);
  }
}

TEST(MemalignTest, OddAlignmentsAreRoundedUpOrRefused) {
  for (const std::size_t alignment : {0UL, 3UL, 24UL, 100UL, 5000UL}) {
    errno = 0;
    void* const block = libc_names().memalign(opaque(alignment), 64);
    if (block == nullptr) {
      EXPECT_EQ(errno, EINVAL) << alignment;
      continue;
    }
    std::size_t power = 1;
    while (power < alignment) power *= 2;
    EXPECT_TRUE(is_aligned(block, power)) << alignment;
    subject().free(block);
  }
}

TEST(MemalignTest, ImpossibleAlignmentsFail) {
  for (const std::size_t alignment : {SIZE_MAX, SIZE_MAX / 2 + 2, SIZE_MAX / 2 + 1}) {
    errno = 0;
    EXPECT_EQ(libc_names().memalign(opaque(alignment), 64), nullptr);
    EXPECT_TRUE(errno == EINVAL || errno == ENOMEM) << errno;
  }
}

TEST(MemalignTest, VallocAlignsToOsPages) {
  for (const std::size_t bytes : {0UL, 1UL, 4096UL, 5000UL, 3 * mib}) {
    void* const block = libc_names().valloc(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(is_aligned(block, os_page_bytes));
    EXPECT_GE(subject().usable_size(block), bytes);
    subject().free(block);
  }
}

TEST(MemalignTest, PvallocRoundsUpToOsPages) {
  for (const std::size_t bytes : {0UL, 1UL, 4096UL, 4097UL, 3 * mib + 1}) {
    void* const block = libc_names().pvalloc(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(is_aligned(block, os_page_bytes));
    const std::size_t rounded = (bytes + os_page_bytes - 1) / os_page_bytes * os_page_bytes;
    EXPECT_GE(subject().usable_size(block), rounded);
    paint(block, rounded, 1);
    subject().free(block);
  }
  for (const std::size_t bytes : {SIZE_MAX, SIZE_MAX - 4095, SIZE_MAX - 4096}) {
    errno = 0;
    EXPECT_EQ(libc_names().pvalloc(opaque(bytes)), nullptr);
    EXPECT_EQ(errno, ENOMEM);
    EXPECT_EQ(libc_names().valloc(opaque(bytes)), nullptr);
  }
}

TEST(MemalignTest, CfreeIsFree) {
  libc_names().cfree(nullptr);
  void* const block = subject().malloc(200 * kib);
  const hak_statistics before = statistics();
  libc_names().cfree(block);
  EXPECT_LE(statistics().live_bytes + 200 * kib, before.live_bytes);
}

}  // namespace
}  // namespace contract
