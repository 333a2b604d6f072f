// overflow_test.cc: sizes whose sum, product or rounding leaves size_t, or no machine has.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "blocks.h"

namespace contract {
namespace {

// Near each border where an addition or a rounding could wrap.
std::vector<std::size_t> impossible_sizes() {
  std::vector<std::size_t> sizes;
  constexpr auto half = static_cast<std::size_t>(PTRDIFF_MAX);
  for (const std::size_t distance :
       {0UL, 1UL, 7UL, 8UL, 15UL, 16UL, 17UL, 4095UL, 4096UL, 4097UL, 65535UL, 65536UL, 65537UL,
        2 * mib - 1, 2 * mib, 2 * mib + 1}) {
    sizes.push_back(SIZE_MAX - distance);
    sizes.push_back(half - distance);
    sizes.push_back(half + 1 + distance);
  }
  for (unsigned bit = 48; bit < 64; ++bit) sizes.push_back(std::size_t{1} << bit);
  return sizes;
}

void expect_refused(void* block, std::size_t bytes, const char* what) {
  EXPECT_EQ(block, nullptr) << what << ' ' << bytes;
  EXPECT_EQ(errno, ENOMEM) << what << ' ' << bytes;
  errno = 0;
}

TEST(OverflowTest, ImpossibleSizesAreRefused) {
  errno = 0;
  for (const std::size_t size : impossible_sizes()) {
    const std::size_t bytes = opaque(size);
    expect_refused(subject().malloc(bytes), bytes, "malloc");
    expect_refused(subject().calloc(1, bytes), bytes, "calloc");
    expect_refused(subject().calloc(bytes, 1), bytes, "calloc");
    expect_refused(subject().realloc(nullptr, bytes), bytes, "realloc");
    expect_refused(subject().reallocarray(nullptr, bytes, 1), bytes, "reallocarray");
  }
}

TEST(OverflowTest, ImpossibleSizesAreRefusedAtEveryAlignment) {
  for (const std::size_t alignment : {8UL, 16UL, 32UL, 4096UL, 65536UL, 2 * mib, gib}) {
    for (const std::size_t size : impossible_sizes()) {
      const std::size_t bytes = opaque(size);
      errno = 0;
      expect_refused(subject().aligned_alloc(alignment, bytes), bytes, "aligned_alloc");
      void* block = nullptr;
      EXPECT_EQ(subject().posix_memalign(&block, alignment, bytes), ENOMEM) << bytes;
      EXPECT_EQ(block, nullptr);
    }
  }
}

TEST(OverflowTest, ProductsThatWrapAreRefused) {
  struct Product {
    std::size_t count;
    std::size_t bytes;
  };
  constexpr std::size_t word = std::size_t{1} << 32;
  const Product products[] = {{SIZE_MAX, 2},         {2, SIZE_MAX},           {word, word},
                              {SIZE_MAX / 2 + 1, 2}, {SIZE_MAX / 16 + 1, 16}, {SIZE_MAX / 3 + 1, 3},
                              {SIZE_MAX, SIZE_MAX},  {word + 1, word - 1}};
  void* const held = subject().malloc(100);
  paint(held, 100, 4);
  for (const Product& product : products) {
    const std::size_t count = opaque(product.count);
    errno = 0;
    expect_refused(subject().calloc(count, product.bytes), count, "calloc");
    expect_refused(subject().reallocarray(nullptr, count, product.bytes), count, "reallocarray");
    expect_refused(subject().reallocarray(held, count, product.bytes), count, "reallocarray");
  }
  EXPECT_TRUE(is_painted(held, 100, 4));
  subject().free(held);
}

TEST(OverflowTest, NothingIsLostByRefusals) {
  const hak_statistics before = statistics();
  for (unsigned round = 0; round < 1000; ++round) {
    EXPECT_EQ(subject().malloc(opaque(SIZE_MAX - round)), nullptr);
    EXPECT_EQ(subject().aligned_alloc(mib, opaque(SIZE_MAX - round)), nullptr);
  }
  const hak_statistics after = statistics();
  EXPECT_LE(after.committed_bytes, before.committed_bytes + mib);
  EXPECT_LE(after.metadata_bytes, before.metadata_bytes + mib);
}

}  // namespace
}  // namespace contract
