// alignment_test.cc: aligned_alloc and posix_memalign, good alignments and bad ones.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "blocks.h"

namespace contract {
namespace {

const std::vector<std::size_t> block_sizes = {0,    1,    16,   100,      1000,  1024,    4095,
                                              4096, 5000, 9000, 52 * kib, 65536, 200'000, 3 * mib};

TEST(AlignmentTest, EveryAlignmentForEverySize) {
  for (std::size_t alignment = sizeof(void*); alignment <= 4 * mib; alignment *= 2) {
    std::vector<void*> blocks;
    for (const std::size_t bytes : block_sizes) {
      for (unsigned repeat = 0; repeat < 3; ++repeat) {
        void* block = nullptr;
        ASSERT_EQ(subject().posix_memalign(&block, alignment, bytes), 0)
            << alignment << ' ' << bytes;
        ASSERT_NE(block, nullptr);
        ASSERT_TRUE(is_aligned(block, alignment)) << alignment << ' ' << bytes;
        ASSERT_TRUE(is_aligned(block, block_alignment)) << alignment << ' ' << bytes;
        ASSERT_GE(subject().usable_size(block), bytes);
        paint(block, bytes, static_cast<unsigned>(blocks.size()));
        blocks.push_back(block);
      }
    }
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      ASSERT_TRUE(is_painted(blocks[i], block_sizes[i / 3], static_cast<unsigned>(i)))
          << alignment << ' ' << block_sizes[i / 3];
      subject().free(blocks[i]);
    }
  }
}

TEST(AlignmentTest, AlignmentsUpToOneGigabyte) {
  for (std::size_t alignment = 8 * mib; alignment <= gib; alignment *= 2) {
    for (const std::size_t bytes : {1UL, 100'000UL, 9 * mib}) {
      void* block = nullptr;
      ASSERT_EQ(subject().posix_memalign(&block, alignment, bytes), 0) << alignment << ' ' << bytes;
      EXPECT_TRUE(is_aligned(block, alignment)) << alignment << ' ' << bytes;
      touch(block, bytes);
      subject().free(block);
    }
  }
}

TEST(AlignmentTest, BlocksOfOneGigabyteAlignmentAreReusable) {
  for (unsigned round = 0; round < 200; ++round) {
    void* const block = subject().aligned_alloc(gib, 100);
    ASSERT_NE(block, nullptr) << round;
    subject().free(block);
  }
}

TEST(AlignmentTest, AlignedAllocTakesAnySizeAndSmallAlignments) {
  for (std::size_t alignment = 1; alignment <= 65536; alignment *= 2) {
    void* const block = subject().aligned_alloc(alignment, 3 * alignment + 5);
    ASSERT_NE(block, nullptr) << alignment;
    EXPECT_TRUE(is_aligned(block, alignment));
    EXPECT_TRUE(is_aligned(block, block_alignment));
    EXPECT_GE(subject().usable_size(block), 3 * alignment + 5);
    subject().free(block);
  }
}

TEST(AlignmentTest, AlignedAllocRefusesWhatIsNoPowerOfTwo) {
  for (const std::size_t alignment :
       {0UL, 3UL, 24UL, 48UL, 4095UL, 4097UL, SIZE_MAX, SIZE_MAX - 1}) {
    errno = 0;
    EXPECT_EQ(subject().aligned_alloc(opaque(alignment), 64), nullptr) << alignment;
    EXPECT_EQ(errno, EINVAL) << alignment;
  }
}

TEST(AlignmentTest, PosixMemalignRefusesBadAlignmentsAndLeavesAllElseAlone) {
  for (const std::size_t alignment :
       {0UL, 1UL, 2UL, 3UL, 4UL, 12UL, 24UL, 48UL, 4095UL, SIZE_MAX, SIZE_MAX - 7}) {
    int marker = 0;
    void* block = &marker;
    errno = EXDEV;
    EXPECT_EQ(subject().posix_memalign(&block, opaque(alignment), 64), EINVAL) << alignment;
    EXPECT_EQ(block, &marker);
    EXPECT_EQ(errno, EXDEV);
  }
}

TEST(AlignmentTest, HugeAlignmentsAreOutOfMemory) {
  for (const unsigned bit : {47U, 55U, 62U, 63U}) {
    const std::size_t alignment = opaque(std::size_t{1} << bit);
    int marker = 0;
    void* block = &marker;
    errno = EXDEV;
    EXPECT_EQ(subject().posix_memalign(&block, alignment, 64), ENOMEM) << bit;
    EXPECT_EQ(block, &marker);
    EXPECT_EQ(errno, EXDEV);
    EXPECT_EQ(subject().aligned_alloc(alignment, 64), nullptr) << bit;
    EXPECT_EQ(errno, ENOMEM);
  }
}

TEST(AlignmentTest, AnAlignedBlockLeavesNoTraceOnItsNeighbours) {
  std::vector<void*> plain;
  std::vector<void*> aligned;
  for (unsigned i = 0; i < 500; ++i) {
    plain.push_back(subject().malloc(96));
    aligned.push_back(subject().aligned_alloc(128, 96));
    ASSERT_TRUE(is_aligned(aligned.back(), 128));
    paint(plain.back(), 96, i);
    paint(aligned.back(), 96, i + 1000);
  }
  for (unsigned i = 0; i < 500; ++i) {
    ASSERT_TRUE(is_painted(plain[i], 96, i));
    ASSERT_TRUE(is_painted(aligned[i], 96, i + 1000));
    subject().free(i % 2 == 0 ? plain[i] : aligned[i]);
  }
  for (unsigned i = 0; i < 500; ++i) subject().free(i % 2 == 0 ? aligned[i] : plain[i]);
  EXPECT_EQ(statistics().error_count, 0U);
}

}  // namespace
}  // namespace contract
