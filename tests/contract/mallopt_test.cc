// mallopt_test.cc: mallopt accepts glibc's parameters and stays harmless.
#include <gtest/gtest.h>

#include <cerrno>

#include "blocks.h"
#include "scenario.h"

namespace contract {
namespace {

TEST(MalloptTest, EveryGlibcParameterIsAccepted) {
  for (const int parameter :
       {M_MXFAST, M_TOP_PAD, M_MMAP_MAX, M_CHECK_ACTION, M_PERTURB, M_ARENA_TEST, M_ARENA_MAX}) {
    EXPECT_EQ(libc_names().mallopt(parameter, 1), 1) << parameter;
  }
}

TEST(MalloptTest, TheWorkGoesOnAfterwards) {
  EXPECT_EQ(libc_names().mallopt(M_MMAP_THRESHOLD, 128 * 1024), 1);
  EXPECT_EQ(libc_names().mallopt(M_TRIM_THRESHOLD, 256 * 1024), 1);
  for (const std::size_t bytes : lane_sizes) {
    void* const block = subject().malloc(bytes);
    ASSERT_NE(block, nullptr);
    touch(block, bytes);
    subject().free(block);
  }
  EXPECT_EQ(statistics().error_count, 0U);
}

// M_TRIM_THRESHOLD: free memory above it goes back to the system with the frees themselves.
const Scenario trim_threshold_acts("trim_threshold_acts", [] {
  require(libc_names().mallopt(M_TRIM_THRESHOLD, 1 << 20) == 1, "the threshold is accepted");
  constexpr unsigned count = 64;
  void* blocks[count];
  for (void*& block : blocks) {
    block = subject().malloc(mib);
    require(block != nullptr, "there is memory");
    touch(block, mib);
  }
  const std::size_t full = resident_bytes();
  for (void* const block : blocks) subject().free(block);
  const std::size_t empty = resident_bytes();
  say("resident %zu, then %zu\n", full, empty);
  require(empty + 56 * mib < full, "what is free above the threshold has gone back");
});

TEST(MalloptTest, TrimThresholdActs) {
  const Outcome outcome = run_scenario(trim_threshold_acts);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
}

// M_MMAP_THRESHOLD: a block above it has its own memory, which goes back at its free.
const Scenario mmap_threshold_acts("mmap_threshold_acts", [] {
  require(libc_names().mallopt(M_MMAP_THRESHOLD, 1 << 20) == 1, "the threshold is accepted");
  void* const block = subject().malloc(24 * mib);
  require(block != nullptr, "there is memory");
  touch(block, 24 * mib);
  const std::size_t full = resident_bytes();
  subject().free(block);
  const std::size_t empty = resident_bytes();
  say("resident %zu, then %zu\n", full, empty);
  require(empty + 23 * mib < full, "its memory has gone back");
});

TEST(MalloptTest, MmapThresholdActs) {
  const Outcome outcome = run_scenario(mmap_threshold_acts);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
}

}  // namespace
}  // namespace contract
