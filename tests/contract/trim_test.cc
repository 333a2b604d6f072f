// trim_test.cc: hak_trim returns what is free to the system, keeps what it is told to keep.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "blocks.h"
#include "scenario.h"

namespace contract {
namespace {

constexpr std::size_t heavy_bytes = 96 * mib;

void dirty_and_free(std::size_t block_bytes) {
  std::vector<void*> blocks(heavy_bytes / block_bytes);
  for (void*& block : blocks) {
    block = subject().malloc(block_bytes);
    require(block != nullptr, "there is memory");
    std::memset(block, 1, block_bytes);
  }
  for (void* const block : blocks) subject().free(block);
}

// Purging is off, so that trim alone decides.
const Environment keep_dirty = {{"HAKMEM_PURGE", "0"}, {"HAKMEM_HELPER", "0"}};

template <std::size_t block_bytes>
void trim_returns_everything() {
  const std::size_t before = resident_bytes();
  dirty_and_free(block_bytes);
  const std::size_t dirty = resident_bytes();
  const int first = subject().trim(0);
  const int second = subject().trim(0);
  const std::size_t after = resident_bytes();
  say("resident %zu, %zu, %zu\n", before, dirty, after);
  require(dirty > before + heavy_bytes / 2, "the freed memory was still there");
  require(first == 1, "trim says that it returned memory");
  require(after < before + 6 * mib, "trim returned it");
  require(second == 0, "there was nothing left to return");
}

const Scenario trim_small("trim_small", trim_returns_everything<64>);
const Scenario trim_pool("trim_pool", trim_returns_everything<6000>);
const Scenario trim_large("trim_large", trim_returns_everything<300'000>);

TEST(TrimTest, ReturnsEverythingThatIsFree) {
  for (const Scenario* scenario : {&trim_small, &trim_pool, &trim_large}) {
    const Outcome outcome = run_scenario(*scenario, keep_dirty);
    EXPECT_TRUE(outcome.passed()) << scenario->name() << ": " << outcome.text();
  }
}

const Scenario trim_keeps_some("trim_keeps_some", [] {
  dirty_and_free(300'000);
  const std::size_t dirty = resident_bytes();
  subject().trim(40 * mib);
  const std::size_t after = resident_bytes();
  say("resident %zu, then %zu\n", dirty, after);
  require(after + 30 * mib < dirty, "trim returned the rest");
  require(after > 30 * mib, "trim kept what it was told to keep");
});

TEST(TrimTest, KeepsWhatItIsToldToKeep) {
  const Outcome outcome = run_scenario(trim_keeps_some, keep_dirty);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
}

TEST(TrimTest, LiveBlocksAreUntouched) {
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 200; ++i) {
    for (const std::size_t bytes : {40UL, 3000UL, 90'000UL}) {
      blocks.push_back(subject().malloc(bytes));
      paint(blocks.back(), bytes, i);
      subject().free(subject().malloc(bytes));
    }
  }
  subject().trim(0);
  for (unsigned i = 0; i < blocks.size(); ++i) {
    const std::size_t bytes = i % 3 == 0 ? 40 : i % 3 == 1 ? 3000 : 90'000;
    ASSERT_TRUE(is_painted(blocks[i], bytes, i / 3));
    subject().free(blocks[i]);
  }
}

TEST(TrimTest, AnyThreadMayTrimWhileOthersWork) {
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 3; ++t) {
    threads.emplace_back([t] {
      for (unsigned round = 0; round < 300; ++round) {
        void* blocks[40];
        for (unsigned i = 0; i < 40; ++i) {
          blocks[i] = subject().malloc(100 * (i + 1));
          paint(blocks[i], 100 * (i + 1), t + i);
        }
        if (round % 20 == t) subject().trim(0);
        for (unsigned i = 0; i < 40; ++i) {
          EXPECT_TRUE(is_painted(blocks[i], 100 * (i + 1), t + i));
          subject().free(blocks[i]);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(statistics().error_count, 0U);
}

}  // namespace
}  // namespace contract
