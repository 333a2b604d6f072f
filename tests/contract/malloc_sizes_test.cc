// malloc_sizes_test.cc: malloc gives distinct, aligned, writable blocks of every size.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "blocks.h"

namespace contract {
namespace {

TEST(MallocSizesTest, EverySizeIsAlignedAndWritableWhileAllLive) {
  constexpr std::size_t limit = 9000;
  std::vector<void*> blocks(limit);
  for (std::size_t bytes = 0; bytes < limit; ++bytes) {
    blocks[bytes] = subject().malloc(bytes);
    ASSERT_NE(blocks[bytes], nullptr) << bytes;
    ASSERT_TRUE(is_aligned(blocks[bytes], block_alignment)) << bytes;
    paint(blocks[bytes], bytes, static_cast<unsigned>(bytes));
  }
  for (std::size_t bytes = 0; bytes < limit; ++bytes) {
    ASSERT_TRUE(is_painted(blocks[bytes], bytes, static_cast<unsigned>(bytes))) << bytes;
    subject().free(blocks[bytes]);
  }
}

TEST(MallocSizesTest, SizesAroundEveryPowerOfTwoAndLaneBorder) {
  std::vector<std::size_t> sizes = lane_sizes;
  for (std::size_t power = 16; power <= 128 * mib; power *= 2) {
    for (const std::size_t near : {power - 1, power, power + 1}) sizes.push_back(near);
  }
  for (const std::size_t bytes : sizes) {
    void* const block = subject().malloc(bytes);
    ASSERT_NE(block, nullptr) << bytes;
    EXPECT_TRUE(is_aligned(block, block_alignment)) << bytes;
    touch(block, bytes);
    static_cast<unsigned char*>(block)[bytes - 1] = 0x5a;
    subject().free(block);
  }
}

TEST(MallocSizesTest, ZeroBytesIsABlockOfItsOwn) {
  std::vector<void*> blocks(1000);
  for (void*& block : blocks) {
    block = subject().malloc(0);
    ASSERT_NE(block, nullptr);
  }
  std::sort(blocks.begin(), blocks.end());
  EXPECT_EQ(std::adjacent_find(blocks.begin(), blocks.end()), blocks.end());
  for (void* const block : blocks) subject().free(block);
}

TEST(MallocSizesTest, LiveBlocksDoNotOverlap) {
  struct Range {
    std::uintptr_t start;
    std::uintptr_t end;
  };
  std::vector<Range> ranges;
  std::vector<void*> blocks;
  for (unsigned round = 0; round < 50; ++round) {
    for (const std::size_t bytes : lane_sizes) {
      if (bytes > mib && round != 0) continue;
      void* const block = subject().malloc(bytes);
      ASSERT_NE(block, nullptr);
      const auto start = reinterpret_cast<std::uintptr_t>(block);
      ranges.push_back({start, start + subject().usable_size(block)});
      blocks.push_back(block);
    }
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.start < b.start; });
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    ASSERT_GE(ranges[i].start, ranges[i - 1].end);
  }
  for (void* const block : blocks) subject().free(block);
}

// Frees that overflow bins, pass the heap's budget and let memory settle, all in one loop.
TEST(MallocSizesTest, ManyBlocksOfOneSizeComeAndGo) {
  for (const std::size_t bytes : lane_sizes) {
    if (bytes > mib) continue;
    for (const std::size_t count : {40UL, 200UL, 900UL}) {
      std::vector<void*> blocks(count);
      for (void*& block : blocks) {
        block = subject().malloc(bytes);
        ASSERT_NE(block, nullptr);
        touch(block, bytes);
      }
      for (void* const block : blocks) subject().free(block);
    }
    ASSERT_EQ(statistics().error_count, 0U) << bytes;
  }
  EXPECT_EQ(subject().check_invariants(), 0U);
}

TEST(MallocSizesTest, AManyTimesReusedSizeStaysInPlace) {
  for (const std::size_t bytes : lane_sizes) {
    if (bytes > 256 * kib) continue;
    const hak_statistics before = statistics();
    for (unsigned round = 0; round < 2000; ++round) {
      void* const block = subject().malloc(bytes);
      ASSERT_NE(block, nullptr);
      *static_cast<volatile char*>(block) = 1;
      subject().free(block);
    }
    EXPECT_LE(statistics().committed_bytes, before.committed_bytes + 32 * mib) << bytes;
  }
}

}  // namespace
}  // namespace contract
