// errno_test.cc: what the functions do to errno.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <vector>

#include "blocks.h"

namespace contract {
namespace {

constexpr std::size_t too_much = SIZE_MAX / 2 - 65536;

TEST(ErrnoTest, FreePreservesIt) {
  for (const std::size_t bytes : lane_sizes) {
    void* const block = subject().malloc(bytes);
    ASSERT_NE(block, nullptr);
    touch(block, bytes);
    errno = EXDEV;
    subject().free(block);
    EXPECT_EQ(errno, EXDEV) << bytes;
  }
  errno = EXDEV;
  subject().free(nullptr);
  EXPECT_EQ(errno, EXDEV);
}

TEST(ErrnoTest, FreePreservesItThroughOverflowFlushAndPurge) {
  for (const std::size_t bytes : {48UL, 900UL, 6000UL, 40'000UL, 300'000UL}) {
    const std::size_t count = 64 * mib / bytes;
    std::vector<void*> blocks(count);
    for (void*& block : blocks) {
      block = subject().malloc(bytes);
      ASSERT_NE(block, nullptr);
      touch(block, bytes);
    }
    errno = EXDEV;
    for (void* const block : blocks) {
      subject().free(block);
      ASSERT_EQ(errno, EXDEV) << bytes;
    }
  }
}

TEST(ErrnoTest, SizedFreesPreserveIt) {
  for (const std::size_t bytes : {64UL, 5000UL, 200'000UL}) {
    void* block = subject().malloc(bytes);
    errno = EXDEV;
    subject().free_sized(block, bytes);
    EXPECT_EQ(errno, EXDEV);
    block = subject().aligned_alloc(256, bytes);
    errno = EXDEV;
    subject().free_aligned_sized(block, 256, bytes);
    EXPECT_EQ(errno, EXDEV);
  }
}

TEST(ErrnoTest, ReallocToZeroPreservesItLikeFree) {
  for (const std::size_t bytes : {64UL, 5000UL, 200'000UL}) {
    void* const block = subject().malloc(bytes);
    errno = EXDEV;
    EXPECT_EQ(subject().realloc(block, 0), nullptr);
    EXPECT_EQ(errno, EXDEV);
  }
}

TEST(ErrnoTest, SuccessLeavesItAlone) {
  for (const std::size_t bytes : lane_sizes) {
    errno = EXDEV;
    void* const block = subject().malloc(bytes);
    EXPECT_EQ(errno, EXDEV) << bytes;
    subject().free(block);
    void* const zeros = subject().calloc(1, bytes);
    EXPECT_EQ(errno, EXDEV) << bytes;
    void* const grown = subject().realloc(zeros, bytes + 100'000);
    EXPECT_EQ(errno, EXDEV) << bytes;
    subject().free(grown);
  }
}

TEST(ErrnoTest, FailureIsEnomem) {
  const auto expect_enomem = [](const char* what, auto&& call) {
    errno = 0;
    EXPECT_EQ(call(), nullptr) << what;
    EXPECT_EQ(errno, ENOMEM) << what;
  };
  expect_enomem("malloc", [] { return subject().malloc(opaque(too_much)); });
  expect_enomem("calloc", [] { return subject().calloc(1, opaque(too_much)); });
  expect_enomem("realloc", [] { return subject().realloc(nullptr, opaque(too_much)); });
  expect_enomem("reallocarray",
                [] { return subject().reallocarray(nullptr, 1, opaque(too_much)); });
  expect_enomem("aligned_alloc", [] { return subject().aligned_alloc(64, opaque(too_much)); });
}

TEST(ErrnoTest, PosixMemalignAnswersInsteadOfSettingIt) {
  int marker = 0;
  void* block = &marker;
  errno = EXDEV;
  EXPECT_EQ(subject().posix_memalign(&block, 64, opaque(too_much)), ENOMEM);
  EXPECT_EQ(block, &marker);
  EXPECT_EQ(errno, EXDEV);
}

}  // namespace
}  // namespace contract
