// poison_test.cc: in the address sanitizer's tree a use after free and an overflow are caught.
//
// Free blocks and the tails of blocks are poisoned by a policy of the library, since the sanitizer
// knows nothing of blocks that do not come from its own malloc.
#include <cstring>

#include <gtest/gtest.h>

#include "subject.h"

namespace contract {
namespace {

constexpr const char* asan_report = "ERROR: AddressSanitizer";

// From each kind of memory: bins, pool bins, runs of pages.
class PoisonTest : public testing::TestWithParam<std::size_t> {
 protected:
  static volatile unsigned char* bytes_of(void* block) {
    return static_cast<volatile unsigned char*>(block);
  }
};

TEST_P(PoisonTest, AUseAfterFreeIsCaught) {
  volatile unsigned char* const bytes = bytes_of(subject().malloc(GetParam()));
  bytes[GetParam() - 1] = 1;
  subject().free(const_cast<unsigned char*>(bytes));
  EXPECT_DEATH(static_cast<void>(bytes[GetParam() / 2]), asan_report);
  EXPECT_DEATH(bytes[GetParam() - 1] = 2, asan_report);
}

TEST_P(PoisonTest, AnOverflowIntoTheTailIsCaught) {
  // The first block comes by a refill, the second from the bin.
  for (unsigned i = 0; i < 2; ++i) {
    volatile unsigned char* const bytes = bytes_of(subject().malloc(GetParam()));
    bytes[GetParam() - 1] = 1;
    ASSERT_GT(subject().usable_size(const_cast<unsigned char*>(bytes)), GetParam());
  }
  volatile unsigned char* const bytes = bytes_of(subject().malloc(GetParam()));
  EXPECT_DEATH(bytes[GetParam()] = 1, asan_report);
  volatile unsigned char* const cleared = bytes_of(subject().calloc(1, GetParam()));
  EXPECT_DEATH(cleared[GetParam()] = 1, asan_report);
}

TEST_P(PoisonTest, WhatReallocLeavesIsCaught) {
  void* const block = subject().malloc(GetParam());
  volatile unsigned char* const grown = bytes_of(subject().realloc(block, GetParam() + 5));
  grown[GetParam() + 4] = 1;
  EXPECT_DEATH(grown[GetParam() + 5] = 1, asan_report);
  volatile unsigned char* const shrunk =
      bytes_of(subject().realloc(const_cast<unsigned char*>(grown), GetParam() - 5));
  shrunk[GetParam() - 6] = 1;
  EXPECT_DEATH(shrunk[GetParam() - 5] = 1, asan_report);
}

// A reused address belongs to its new block alone.
TEST_P(PoisonTest, ANewBlockMayBeUsedWhole) {
  for (unsigned i = 0; i < 1'000; ++i) {
    void* const block = subject().malloc(GetParam() + i % 7);
    std::memset(block, 0x5A, GetParam() + i % 7);
    subject().free(block);
  }
}

INSTANTIATE_TEST_SUITE_P(, PoisonTest, testing::Values(20, 1'000, 3'000, 50'000, 100'001),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace contract
