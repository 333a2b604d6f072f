// large_test.cc: large blocks, in runs and in mappings of their own.
#include "large/large.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "unit/region/fresh_region.h"

namespace hakmem::large {
namespace {

using os::Site;
using region::page_at;
using test::Request;
namespace fake_os = test::fake_os;

constexpr std::size_t never = ~std::size_t{0};

class LargeTest : public region::FreshRegion {
 protected:
  explicit LargeTest(std::size_t arena_bytes = 256 * mib) {
    fake_os::set_address_space_left(2 * arena_bytes);
    EXPECT_TRUE(region::open_arena(arena_bytes));
    set_mmap_threshold(never);
    before_ = count();
  }
  // Every test gives back what it took: the table of mapped blocks outlives it.
  ~LargeTest() override {
    EXPECT_EQ(count().blocks, before_.blocks);
    EXPECT_EQ(count().bytes, before_.bytes);
    region::expect_counts_agree();
    EXPECT_EQ(region::gauge.used_pages(), 0U);
    set_mmap_threshold(never);
  }

  static void* take(std::size_t bytes, std::size_t alignment = 16, bool zeroed = false) {
    const Fresh fresh = allocate(bytes, alignment);
    if (zeroed && !fresh.zeroed) std::memset(fresh.block, 0, bytes);
    return fresh.block;
  }
  static void give(void* block) {
    EXPECT_TRUE(is_run(block) ? deallocate(page_at(block)) : deallocate_mapped(block));
  }
  static bool is_run(const void* block) { return static_cast<bool>(page_at(block)); }
  static std::size_t usable(const void* block) {
    return is_run(block) ? usable_bytes(page_at(block)) : usable_mapped(block);
  }
  static void fill(void* block, std::size_t bytes, unsigned seed) {
    auto* const words = static_cast<std::uint32_t*>(block);
    for (std::size_t i = 0; i < bytes / 4; i += 16) words[i] = static_cast<std::uint32_t>(i) * seed;
  }
  static bool holds(const void* block, std::size_t bytes, unsigned seed) {
    const auto* const words = static_cast<const std::uint32_t*>(block);
    for (std::size_t i = 0; i < bytes / 4; i += 16) {
      if (words[i] != static_cast<std::uint32_t>(i) * seed) return false;
    }
    return true;
  }
  static bool all_zero(const void* block, std::size_t bytes) {
    const auto* const words = static_cast<const std::uint64_t*>(block);
    return std::all_of(words, words + bytes / 8, [](std::uint64_t word) { return word == 0; });
  }

 private:
  Census before_;
};

TEST_F(LargeTest, a_block_is_a_run_as_long_as_os_pages_allow) {
  for (const std::size_t bytes : {52 * kib + 1, 64 * kib, 100 * kib, 1 * mib, 3 * mib + 5}) {
    void* const block = take(bytes);
    ASSERT_TRUE(is_run(block)) << bytes;
    EXPECT_EQ(usable(block), align_up(bytes, os::os_page_bytes));
    EXPECT_EQ(page_at(block).tag().route.load_relaxed(), region::large_route);
    EXPECT_EQ(region::gauge.used_pages(), divide_up(bytes, region::page_bytes));
    std::memset(block, 1, usable(block));
    give(block);
  }
}

TEST_F(LargeTest, a_freed_run_serves_the_next_block_without_a_system_call) {
  void* const first = take(1 * mib);
  give(first);
  fake_os::forget_calls();
  void* const second = take(1 * mib);
  EXPECT_EQ(second, first);
  give(second);
  for (const Request request : {Request::commit, Request::map, Request::purge, Request::release}) {
    EXPECT_TRUE(fake_os::calls_of(request).empty());
  }
}

TEST_F(LargeTest, a_block_is_freed_once) {
  void* const block = take(1 * mib);
  const region::PageRef ref = page_at(block);
  EXPECT_TRUE(deallocate(ref));
  EXPECT_FALSE(deallocate(ref));
  EXPECT_EQ(region::gauge.used_pages(), 0U);
}

TEST_F(LargeTest, counts_blocks_and_bytes) {
  const Census before = count();
  void* const run = take(100 * kib);
  set_mmap_threshold(1 * mib);
  void* const mapping = take(1 * mib);
  EXPECT_EQ(count().blocks - before.blocks, 2U);
  EXPECT_EQ(count().bytes - before.bytes, 100 * kib + 1 * mib);
  give(run);
  give(mapping);
}

TEST_F(LargeTest, zeroed_memory_that_is_fresh_is_not_touched) {
  void* const block = take(32 * mib, 16, true);
  EXPECT_EQ(fake_os::resident_bytes(block, 32 * mib), 0U);
  EXPECT_TRUE(all_zero(block, 32 * mib));
  give(block);
}

TEST_F(LargeTest, memory_that_was_used_is_not_said_to_be_zeros) {
  void* const used = take(4 * mib);
  std::memset(used, 0xFF, 4 * mib);
  give(used);
  const Fresh again = allocate(4 * mib - 5000, 16);
  EXPECT_EQ(again.block, used);
  EXPECT_FALSE(again.zeroed);
  give(again.block);
}

TEST_F(LargeTest, memory_that_is_not_asked_to_be_zeroed_is_not_touched) {
  void* const block = take(8 * mib);
  EXPECT_EQ(fake_os::resident_bytes(block, 8 * mib), 0U);
  give(block);
}

TEST_F(LargeTest, alignments_up_to_a_gigabyte) {
  for (std::size_t alignment = 64; alignment <= 1 * gib; alignment *= 2) {
    for (const std::size_t bytes : {std::size_t{60'000}, 1 * mib}) {
      void* const block = take(bytes, alignment, true);
      ASSERT_NE(block, nullptr) << alignment;
      EXPECT_TRUE(is_aligned(address_of(block), alignment)) << alignment;
      EXPECT_GE(usable(block), bytes);
      static_cast<std::byte*>(block)[bytes - 1] = std::byte{1};
      give(block);
    }
  }
}

TEST_F(LargeTest, shrinks_in_place_and_gives_pages_back) {
  void* const block = take(1 * mib);
  fill(block, 1 * mib, 3);
  EXPECT_EQ(reallocate(page_at(block), 300 * kib), block);
  EXPECT_EQ(usable(block), 300 * kib);
  EXPECT_EQ(region::gauge.used_pages(), 5U);
  EXPECT_TRUE(holds(block, 300 * kib, 3));
  give(block);
}

TEST_F(LargeTest, grows_in_place_where_there_is_room) {
  void* const block = take(1 * mib);
  fill(block, 1 * mib, 5);
  EXPECT_EQ(reallocate(page_at(block), 1 * mib + 10 * kib), block);
  EXPECT_EQ(usable(block), 1 * mib + 12 * kib);
  EXPECT_EQ(region::gauge.used_pages(), 17U);
  EXPECT_TRUE(holds(block, 1 * mib, 5));
  give(block);
}

TEST_F(LargeTest, grows_with_slack_from_the_second_time_on) {
  void* const block = take(1 * mib);
  ASSERT_EQ(reallocate(page_at(block), 1100 * kib), block);
  EXPECT_EQ(usable(block), 1100 * kib);
  ASSERT_EQ(reallocate(page_at(block), 1200 * kib), block);
  EXPECT_EQ(usable(block), 1500 * kib);
  give(block);
}

TEST_F(LargeTest, a_block_that_grows_step_by_step_moves_rarely) {
  void* block = take(64 * kib);
  std::vector<void*> walls;
  unsigned moves = 0;
  for (std::size_t bytes = 64 * kib; bytes <= 16 * mib; bytes += 64 * kib) {
    if (bytes <= usable(block)) continue;
    void* const resized = reallocate(page_at(block), bytes);
    if (resized == block) continue;
    ++moves;
    if (resized == nullptr) {
      void* const copy = take(bytes);
      give(block);
      block = copy;
    } else {
      block = resized;
    }
    walls.push_back(take(64 * kib));
  }
  EXPECT_LE(moves, 40U);
  give(block);
  for (void* const wall : walls) give(wall);
}

// The slack is refused, the growth itself fits the run: the block must know its new length.
TEST_F(LargeTest, a_block_knows_its_length_when_only_its_slack_was_refused) {
  void* const block = take(100 * kib);
  void* const wall = take(64 * kib);
  ASSERT_EQ(page_at(wall).index, page_at(block).index + 2);
  ASSERT_EQ(reallocate(page_at(block), 104 * kib), block);
  ASSERT_EQ(reallocate(page_at(block), 120 * kib), block);
  EXPECT_GE(usable(block), 120 * kib);
  give(block);
  give(wall);
}

TEST_F(LargeTest, small_runs_that_cannot_grow_are_left_to_be_copied) {
  void* const block = take(100 * kib);
  void* const wall = take(64 * kib);
  fill(block, 100 * kib, 7);
  EXPECT_EQ(reallocate(page_at(block), 300 * kib), nullptr);
  EXPECT_EQ(usable(block), 100 * kib);
  EXPECT_TRUE(holds(block, 100 * kib, 7));
  give(block);
  give(wall);
}

TEST_F(LargeTest, long_runs_move_by_page_tables) {
  void* const block = take(4 * mib);
  void* const wall = take(64 * kib);
  fill(block, 4 * mib, 9);
  void* const moved = reallocate(page_at(block), 8 * mib);
  ASSERT_NE(moved, nullptr);
  EXPECT_NE(moved, block);
  EXPECT_TRUE(holds(moved, 4 * mib, 9));
  EXPECT_EQ(usable(moved), 8 * mib);
  EXPECT_EQ(fake_os::calls_of(Request::move).size(), 1U);
  EXPECT_EQ(fake_os::resident_bytes(block, 4 * mib), 0U);
  std::memset(moved, 1, 8 * mib);
  give(moved);
  give(wall);
  void* const again = take(4 * mib, 16, true);
  EXPECT_TRUE(all_zero(again, 4 * mib));
  give(again);
}

TEST_F(LargeTest, long_runs_stay_when_the_system_does_not_move_them) {
  fake_os::refuse(Site::large_move);
  void* const block = take(4 * mib);
  void* const wall = take(64 * kib);
  fill(block, 4 * mib, 11);
  EXPECT_EQ(reallocate(page_at(block), 6 * mib), nullptr);
  EXPECT_TRUE(holds(block, 4 * mib, 11));
  EXPECT_EQ(usable(block), 4 * mib);
  give(block);
  give(wall);
}

// In a process of its own: what is lost stays lost.
TEST_F(LargeTest, a_target_that_was_lost_is_met_by_nobody_and_the_block_stands) {
  const auto body = [] {
    fake_os::refuse(Site::large_move);
    fake_os::lose_targets_of_refused_moves();
    void* const block = take(4 * mib);
    void* const wall = take(64 * kib);
    fill(block, 4 * mib, 13);
    if (reallocate(page_at(block), 6 * mib) != nullptr) _exit(1);
    if (!holds(block, 4 * mib, 13) || usable(block) != 4 * mib) _exit(2);
    give(block);
    give(wall);
    // All of the arena that is left, to touch it: the lost pages would be a fault.
    while (void* const other = take(1 * mib)) {
      if (!is_run(other)) _exit(0);
      std::memset(other, 1, 1 * mib);
    }
    _exit(3);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(0), "");
}

// In a process of its own: the moves that it may make are counted for good.
TEST_F(LargeTest, a_process_moves_blocks_only_so_often) {
  const auto body = [] {
    constexpr unsigned most_moves = 4096;  // of the 65,530 mappings that a process may have
    std::size_t moved = 0;
    for (unsigned i = 0; i < most_moves + 10; ++i) {
      void* block = take(1 * mib);
      void* const wall = take(64 * kib);
      if (void* const other = reallocate(page_at(block), 2 * mib)) {
        ++moved;
        block = other;
      } else if (usable(block) != 1 * mib) {
        _exit(1);
      }
      give(block);
      give(wall);
    }
    // The tests before this one moved a few.
    _exit(moved <= most_moves && moved + 50 > most_moves ? 0 : 2);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(0), "");
}

TEST_F(LargeTest, a_size_that_no_machine_has_changes_nothing) {
  void* const block = take(1 * mib);
  fill(block, 1 * mib, 13);
  ASSERT_EQ(reallocate(page_at(block), 1100 * kib), block);
  // With a quarter on top these pass the largest number.
  for (const std::size_t bytes : {never, never / 2, never / 5 * 4 + 1, never / 5 * 4 + 2 * mib}) {
    EXPECT_EQ(reallocate(page_at(block), bytes), nullptr) << bytes;
    EXPECT_EQ(usable(block), 1100 * kib) << bytes;
    EXPECT_EQ(allocate(bytes, 16).block, nullptr) << bytes;
  }
  EXPECT_TRUE(holds(block, 1 * mib, 13));
  give(block);
}

TEST_F(LargeTest, blocks_beyond_the_threshold_or_a_quarter_of_the_arena_are_mapped) {
  void* const beyond = take(65 * mib);
  EXPECT_FALSE(is_run(beyond));
  EXPECT_EQ(usable(beyond), 65 * mib);
  set_mmap_threshold(1 * mib);
  void* const mapped = take(1 * mib);
  EXPECT_FALSE(is_run(mapped));
  void* const run = take(1 * mib - 1);
  EXPECT_TRUE(is_run(run));
  give(run);
  for (void* const block : {beyond, mapped}) give(block);
  EXPECT_FALSE(deallocate_mapped(mapped));
  EXPECT_EQ(usable_mapped(mapped), 0U);
}

TEST_F(LargeTest, mapped_blocks_keep_alignment_and_are_zero) {
  set_mmap_threshold(1);
  for (const std::size_t alignment : {16 * kib, 2 * mib, 1 * gib}) {
    void* const block = take(200 * kib, alignment, true);
    ASSERT_NE(block, nullptr);
    EXPECT_FALSE(is_run(block));
    EXPECT_TRUE(is_aligned(address_of(block), alignment));
    EXPECT_TRUE(all_zero(block, 200 * kib));
    give(block);
  }
}

TEST_F(LargeTest, mapped_blocks_are_resized_by_the_system) {
  set_mmap_threshold(64 * kib);
  void* block = take(1 * mib);
  fill(block, 1 * mib, 17);
  for (const std::size_t bytes : {5 * mib, 3 * mib, 40 * mib}) {
    block = reallocate_mapped(block, bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(usable_mapped(block), bytes);
    EXPECT_TRUE(holds(block, 1 * mib, 17));
  }
  EXPECT_EQ(count().bytes, 40 * mib);
  give(block);
}

TEST_F(LargeTest, a_mapped_block_stands_when_its_resizing_is_refused) {
  set_mmap_threshold(64 * kib);
  void* const block = take(1 * mib);
  fill(block, 1 * mib, 19);
  fake_os::refuse(Site::large_remap);
  EXPECT_EQ(reallocate_mapped(block, 2 * mib), nullptr);
  EXPECT_EQ(reallocate_mapped(block, never), nullptr);
  EXPECT_EQ(usable_mapped(block), 1 * mib);
  EXPECT_TRUE(holds(block, 1 * mib, 19));
  give(block);
}

// Resizing takes a place in the table anew: that must not need memory.
TEST_F(LargeTest, a_mapped_block_is_never_forgotten_by_its_resizing) {
  set_mmap_threshold(64 * kib);
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 300; ++i) {
    blocks.push_back(take(64 * kib));
    ASSERT_NE(blocks.back(), nullptr);
  }
  fake_os::refuse(Site::large_map);
  for (unsigned round = 0; round < 4; ++round) {
    for (void*& block : blocks) {
      void* const resized = reallocate_mapped(block, (65 + round * 16) * kib);
      if (resized != nullptr) block = resized;
      ASSERT_NE(usable_mapped(block), 0U);
    }
  }
  for (void* const block : blocks) give(block);
}

TEST_F(LargeTest, without_memory_for_the_table_nothing_stays_mapped) {
  set_mmap_threshold(1 * mib);
  std::vector<void*> blocks;
  const std::size_t mappings = fake_os::mappings();
  fake_os::refuse(Site::large_map);
  EXPECT_EQ(take(1 * mib), nullptr);
  fake_os::allow_everything();
  EXPECT_EQ(fake_os::mappings(), mappings);
  void* const block = take(1 * mib);
  EXPECT_NE(block, nullptr);
  give(block);
}

class SmallArena : public LargeTest {
 protected:
  SmallArena() : LargeTest(8 * mib) {}
};

TEST_F(SmallArena, blocks_beyond_a_quarter_of_it_are_mapped) {
  for (const std::size_t bytes : {1 * mib, 2 * mib}) {
    void* const block = take(bytes);
    EXPECT_TRUE(is_run(block)) << bytes;
    give(block);
  }
  for (const std::size_t bytes : {2 * mib + 1, 7 * mib, 70 * mib}) {
    void* const block = take(bytes);
    ASSERT_NE(block, nullptr);
    EXPECT_FALSE(is_run(block)) << bytes;
    std::memset(block, 1, bytes);
    give(block);
  }
}

TEST_F(LargeTest, agrees_with_a_model_whatever_comes) {
  struct Live {
    void* block;
    std::size_t bytes;
    unsigned seed;
  };
  std::mt19937 random(23);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
  std::vector<Live> live;
  set_mmap_threshold(2 * mib);
  std::size_t total = 0;
  for (unsigned step = 0; step < 3000; ++step) {
    const std::size_t bytes = 53 * kib + below(std::size_t{1} << (14 + below(9)));
    if (below(3) == 0 || live.empty()) {
      if (total > 128 * mib) continue;
      const bool zeroed = below(3) == 0;
      void* const block = take(bytes, std::size_t{16} << below(18), zeroed);
      ASSERT_NE(block, nullptr);
      if (zeroed) {
        ASSERT_TRUE(all_zero(block, bytes / 8 * 8));
      }
      live.push_back({block, bytes, static_cast<unsigned>(1 + below(1000))});
      fill(block, bytes, live.back().seed);
      total += bytes;
      continue;
    }
    const std::size_t which = below(live.size());
    Live& entry = live[which];
    ASSERT_GE(usable(entry.block), entry.bytes);
    ASSERT_TRUE(holds(entry.block, entry.bytes, entry.seed)) << "step " << step;
    if (below(2) == 0) {
      give(entry.block);
      total -= entry.bytes;
      entry = live.back();
      live.pop_back();
      continue;
    }
    void* const resized = is_run(entry.block) ? reallocate(page_at(entry.block), bytes)
                                              : reallocate_mapped(entry.block, bytes);
    if (resized == nullptr) {
      ASSERT_TRUE(holds(entry.block, entry.bytes, entry.seed));
      continue;
    }
    ASSERT_TRUE(holds(resized, std::min(bytes, entry.bytes), entry.seed));
    total += bytes - entry.bytes;
    entry.block = resized;
    entry.bytes = bytes;
    fill(resized, bytes, entry.seed);
  }
  for (const Live& entry : live) give(entry.block);
}

}  // namespace
}  // namespace hakmem::large
