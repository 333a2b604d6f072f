// allocator_test.cc: the allocator as a whole: what it counts, trims and checks.
#include "runtime/allocator.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "unit/runtime/statistics.h"

namespace hakmem::runtime {
namespace {

TEST(Allocator, what_lives_is_what_was_allocated_and_not_freed) {
  deallocate(allocate(1));
  const observe::Statistics before = statistics();
  std::mt19937 random(3);
  std::vector<void*> blocks;
  std::size_t bytes = 0;
  for (unsigned i = 0; i < 20'000; ++i) {
    const std::size_t size = random() % (i % 100 == 0 ? 300'000 : 900);
    blocks.push_back(allocate(size));
    ASSERT_NE(blocks.back(), nullptr);
    bytes += usable_size(blocks.back());
    if (random() % 3 != 0) continue;
    const std::size_t which = random() % blocks.size();
    bytes -= usable_size(blocks[which]);
    deallocate(blocks[which]);
    blocks[which] = blocks.back();
    blocks.pop_back();
  }
  const observe::Statistics during = statistics();
  EXPECT_EQ(during.live_blocks - before.live_blocks, blocks.size());
  EXPECT_EQ(during.live_bytes - before.live_bytes, bytes);
  EXPECT_GT(during.large_bytes, 0U);
  EXPECT_EQ(check_invariants(), 0U);
  for (void* const block : blocks) deallocate(block);
  const observe::Statistics after = statistics();
  EXPECT_EQ(after.live_blocks, before.live_blocks);
  EXPECT_EQ(after.live_bytes, before.live_bytes);
  EXPECT_EQ(after.error_count, before.error_count);
  EXPECT_EQ(check_invariants(), 0U);
}

TEST(Allocator, what_threads_leave_behind_is_counted_too) {
  deallocate(allocate(1));
  const observe::Statistics before = statistics();
  std::vector<std::vector<void*>> left(4);
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < 4; ++number) {
    threads.emplace_back([&, number] {
      for (unsigned i = 0; i < 3000; ++i) left[number].push_back(allocate(i % 600));
      for (unsigned i = 0; i < 1000; ++i) {
        deallocate(left[number].back());
        left[number].pop_back();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(statistics().live_blocks - before.live_blocks, 8000U);
  for (const auto& blocks : left) {
    for (void* const block : blocks) deallocate(block);
  }
  EXPECT_EQ(statistics().live_blocks, before.live_blocks);
  EXPECT_EQ(check_invariants(), 0U);
}

TEST(Allocator, states_of_memory_add_up) {
  void* const block = allocate(10'000);
  const observe::Statistics now = statistics();
  EXPECT_LE(now.live_bytes - now.large_bytes + now.kept_bytes, now.page_bytes);
  EXPECT_LE(now.page_bytes, now.committed_bytes);
  EXPECT_GT(now.metadata_bytes, 0U);
  EXPECT_GE(now.heap_count, 1U);
  EXPECT_GE(now.page_count, now.retire_count);
  deallocate(block);
}

TEST(Allocator, trimmed_keeps_nothing_free) {
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 50'000; ++i) {
    blocks.push_back(allocate(300));
    std::memset(blocks.back(), 1, 300);
  }
  for (void* const block : blocks) deallocate(block);
  trim(0);
  const observe::Statistics after = statistics();
  EXPECT_EQ(after.kept_bytes, 0U);
  EXPECT_EQ(after.dirty_bytes, 0U);
  EXPECT_EQ(check_invariants(), 0U);
  EXPECT_FALSE(trim(0)) << "nothing is left to give back";
}

TEST(Allocator, trimmed_to_an_amount_keeps_about_that) {
  void* const block = allocate(16 * mib);
  std::memset(block, 1, 16 * mib);
  set_trim_threshold(64 * mib);
  deallocate(block);
  trim(8 * mib);
  const std::size_t kept = statistics().dirty_bytes;
  EXPECT_LE(kept, 8 * mib);
  EXPECT_GE(kept, 4 * mib);
  set_trim_threshold(1 * mib);
  trim(0);
}

TEST(Allocator, printed_statistics_are_those_that_are_read) {
  FILE* const file = std::tmpfile();
  print_statistics(fileno(file));
  const observe::Statistics now = statistics();
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  EXPECT_NE(text.find("live_blocks=" + std::to_string(now.live_blocks) +
                      " live_bytes=" + std::to_string(now.live_bytes) + " "),
            std::string::npos)
      << text;
}

TEST(Allocator, blocks_beyond_the_threshold_are_mapped_and_counted) {
  deallocate(allocate(1));
  const observe::Statistics before = statistics();
  set_mmap_threshold(1 * mib);
  void* const block = allocate(2 * mib);
  set_mmap_threshold(~std::size_t{0});
  const observe::Statistics during = statistics();
  EXPECT_EQ(during.large_bytes - before.large_bytes, 2 * mib);
  EXPECT_EQ(during.live_blocks - before.live_blocks, 1U);
  EXPECT_EQ(usable_size(block), 2 * mib);
  deallocate(block);
  EXPECT_EQ(statistics().large_bytes, before.large_bytes);
}

TEST(Allocator, a_size_that_wraps_with_slack_is_refused_and_the_block_stands) {
  auto* block = static_cast<char*>(allocate(1 * mib));
  block = static_cast<char*>(reallocate(block, 2 * mib));
  std::memset(block, 5, 2 * mib);
  for (const std::size_t bytes :
       {~std::size_t{0} / 5 * 4 + 1, ~std::size_t{0} / 2 + 1, ~std::size_t{0} - 100}) {
    EXPECT_EQ(reallocate(block, bytes), nullptr);
    EXPECT_GE(usable_size(block), 2 * mib);
  }
  EXPECT_EQ(block[2 * mib - 1], 5);
  deallocate(block);
}

TEST(Allocator, started_with_the_snapshot_of_the_environment) {
  EXPECT_NE(allocate(1), nullptr);
  EXPECT_EQ(snapshot().profile, policy::Profile::balanced);
  EXPECT_EQ(snapshot().heap_budget_bytes, policy::RouteSnapshot{}.heap_budget_bytes);
}

}  // namespace
}  // namespace hakmem::runtime
