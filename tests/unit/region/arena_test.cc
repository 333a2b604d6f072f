// arena_test.cc: reserving arenas, and moving the frontier, with and against the system's will.
#include "region/arena.h"

#include <cstring>

#include "build_config.h"
#include "unit/region/fresh_region.h"

namespace hakmem::region {
namespace {

using os::Site;
using test::Call;
using test::Request;
namespace fake_os = test::fake_os;

class ArenaTest : public FreshRegion {
 protected:
  Arena arena;
};

TEST_F(ArenaTest, is_as_long_as_wanted_and_begins_at_a_segment) {
  ASSERT_TRUE(arena.reserve(64 * mib));
  EXPECT_EQ(arena.bytes(), 64 * mib);
  EXPECT_EQ(arena.segment_count(), 32U);
  EXPECT_TRUE(is_aligned(arena.base(), segment_bytes));
  EXPECT_EQ(arena.frontier(), 0U);
  EXPECT_EQ(arena.committed_bytes(), 0U);
}

TEST_F(ArenaTest, is_cut_to_whole_segments_and_never_too_small) {
  ASSERT_TRUE(arena.reserve(9 * mib));
  EXPECT_EQ(arena.bytes(), 8 * mib);
  Arena smallest;
  ASSERT_TRUE(smallest.reserve(1));
  EXPECT_EQ(smallest.bytes(), min_arena_bytes);
}

TEST_F(ArenaTest, halves_until_the_system_agrees) {
  fake_os::refuse_reservations_beyond(40 * mib);
  ASSERT_TRUE(arena.reserve(256 * mib));
  EXPECT_EQ(arena.bytes(), 32 * mib);
  const std::vector<Call> tries = fake_os::calls_at(Site::arena_reserve);
  ASSERT_EQ(tries.size(), 4U);
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(tries[i].bytes, (256 * mib) >> i);
}

TEST_F(ArenaTest, leaves_nothing_behind_when_all_is_refused) {
  for (const Site site :
       {Site::arena_reserve, Site::tag_reserve, Site::page_table_reserve, Site::bit_table_reserve,
        Site::bit_table_reserve, Site::segment_table_reserve, Site::segment_table_commit}) {
    fake_os::refuse(site);
    EXPECT_FALSE(arena.reserve(64 * mib));
    EXPECT_EQ(fake_os::mappings(), 0U);
    EXPECT_EQ(arena.bytes(), 0U);
    EXPECT_FALSE(arena.contains(nullptr));
    fake_os::allow_everything();
  }
}

TEST_F(ArenaTest, takes_half_when_a_table_is_refused_once) {
  for (const Site site :
       {Site::tag_reserve, Site::page_table_reserve, Site::bit_table_reserve,
        Site::bit_table_reserve, Site::segment_table_reserve, Site::segment_table_commit}) {
    Arena one;
    fake_os::refuse(site, 0, 1);
    ASSERT_TRUE(one.reserve(64 * mib));
    EXPECT_EQ(one.bytes(), 32 * mib);
    EXPECT_EQ(fake_os::mappings(), 5U);  // space, tags, slots, bits, segments
    fake_os::reset();
  }
}

TEST_F(ArenaTest, answers_for_every_page_before_it_grows) {
  ASSERT_TRUE(arena.reserve(128 * mib));
  const std::uint32_t pages = arena.segment_count() * segment_pages;
  for (std::uint32_t page = 0; page < pages; ++page) {
    ASSERT_EQ(arena.tag(page).route.load_relaxed(), no_route);
    ASSERT_EQ(arena.tag(page).owner.load_relaxed(), number(OwnerKey::none));
  }
  EXPECT_TRUE(fake_os::calls_at(Site::tag_commit).empty());
}

TEST_F(ArenaTest, knows_its_addresses) {
  ASSERT_TRUE(arena.reserve(64 * mib));
  const std::byte* const start = arena.page_address(0);
  EXPECT_EQ(address_of(start), arena.base());
  EXPECT_TRUE(arena.contains(start));
  EXPECT_TRUE(arena.contains(start + 64 * mib - 1));
  EXPECT_FALSE(arena.contains(start + 64 * mib));
  EXPECT_FALSE(arena.contains(start - 1));
  EXPECT_EQ(arena.page_index(start + page_bytes - 1), 0U);
  EXPECT_EQ(arena.page_index(start + page_bytes), 1U);
  EXPECT_EQ(arena.page_address(37), start + 37 * page_bytes);
}

TEST_F(ArenaTest, grows_by_two_segments_then_by_an_eighth_then_by_thirty_two) {
  ASSERT_TRUE(arena.reserve(2 * gib));
  ASSERT_TRUE(arena.grow(1));
  EXPECT_EQ(arena.frontier(), 2U);
  ASSERT_TRUE(arena.grow(1));
  EXPECT_EQ(arena.frontier(), 4U);
  ASSERT_TRUE(arena.grow(76));
  EXPECT_EQ(arena.frontier(), 80U);
  ASSERT_TRUE(arena.grow(1));
  EXPECT_EQ(arena.frontier(), 90U);
  ASSERT_TRUE(arena.grow(600));
  EXPECT_EQ(arena.frontier(), 690U);
  ASSERT_TRUE(arena.grow(1));
  EXPECT_EQ(arena.frontier(), 722U);
}

TEST_F(ArenaTest, grows_to_its_end_and_not_beyond) {
  ASSERT_TRUE(arena.reserve(10 * mib));
  EXPECT_FALSE(arena.grow(6));
  ASSERT_TRUE(arena.grow(4));
  ASSERT_TRUE(arena.grow(1));
  EXPECT_EQ(arena.frontier(), 5U);
  EXPECT_FALSE(arena.grow(1));
  EXPECT_EQ(arena.committed_bytes(), arena.bytes());
}

TEST_F(ArenaTest, is_writable_below_the_frontier_with_its_tables) {
  ASSERT_TRUE(arena.reserve(1 * gib));
  ASSERT_TRUE(arena.grow(33));
  EXPECT_TRUE(fake_os::is_committed(arena.page_address(0), 33 * segment_bytes));
  EXPECT_FALSE(fake_os::is_committed(arena.page_address(33 * segment_pages), page_bytes));
  for (std::uint32_t page = 0; page < 33 * segment_pages; page += 31) {
    arena.tag(page).route.store_relaxed(1);
    std::memset(&arena.slot(page), 1, sizeof(PageSlot));
  }
  for (std::uint32_t segment = 0; segment < 33; ++segment) {
    EXPECT_EQ(arena.segment(segment).used.load_relaxed(), 0U);
    EXPECT_EQ(arena.segment(segment).dirty.load_relaxed(), 0U);
  }
  EXPECT_EQ(arena.open_word(0).load_relaxed(), (std::uint64_t{1} << 33) - 1);
}

TEST_F(ArenaTest, each_page_has_a_row_of_bits_of_its_own) {
  ASSERT_TRUE(arena.reserve(8 * mib));
  ASSERT_TRUE(arena.grow(2));
  const std::uint32_t pages = 2 * segment_pages;
  for (std::uint32_t page = 0; page < pages; ++page) {
    for (std::uint32_t word = 0; word < BlockBits::words; ++word) {
      std::uint64_t& bits = arena.block_bits(page)[word];
      ASSERT_EQ(bits, 0U) << page << ' ' << word;
      bits = page * BlockBits::words + word + 1;
    }
  }
  for (std::uint32_t page = 0; page < pages; ++page) {
    for (std::uint32_t word = 0; word < BlockBits::words; ++word) {
      ASSERT_EQ(arena.block_bits(page)[word], page * BlockBits::words + word + 1);
    }
  }
  EXPECT_EQ(&arena.block_bits(segment_pages)[0], arena.segment_bits(1));
}

// 1,024 blocks of 64 bytes: sixteen words, two cache lines.
TEST_F(ArenaTest, pages_of_larger_blocks_share_an_os_page_of_bits_with_their_segment) {
  ASSERT_TRUE(arena.reserve(8 * mib));
  ASSERT_TRUE(arena.grow(2));
  const auto os_page_of = [&](std::uint32_t page, std::uint32_t word) {
    return address_of(&arena.block_bits(page)[word]) / os::os_page_bytes;
  };
  for (std::uint32_t page = 0; page < segment_pages; ++page) {
    EXPECT_EQ(os_page_of(page, 15), os_page_of(0, 0)) << page;
    EXPECT_NE(os_page_of(page, 16), os_page_of(0, 0)) << page;
  }
}

TEST_F(ArenaTest, commits_each_byte_once) {
  ASSERT_TRUE(arena.reserve(256 * mib));
  while (arena.grow(1)) {
  }
  std::size_t committed = 0;
  for (const Call& call : fake_os::calls_at(Site::arena_commit)) {
    EXPECT_EQ(call.address, arena.base() + committed);
    committed += call.bytes;
  }
  EXPECT_EQ(committed, arena.bytes());
}

TEST_F(ArenaTest, makes_do_with_what_serves_when_a_generous_step_is_refused) {
  for (const Site site : {Site::arena_commit, Site::tag_commit, Site::page_table_commit,
                          Site::bit_table_commit, Site::segment_table_commit}) {
    forget_region();
    Arena one;
    ASSERT_TRUE(one.reserve(64 * mib));
    fake_os::refuse(site, 0, 1);
    ASSERT_TRUE(one.grow(1));
    EXPECT_EQ(one.frontier(), 1U);
  }
}

TEST_F(ArenaTest, stands_as_it_was_when_growth_is_refused_and_grows_later) {
  for (const Site site : {Site::arena_commit, Site::tag_commit, Site::page_table_commit,
                          Site::bit_table_commit, Site::segment_table_commit}) {
    forget_region();
    Arena one;
    ASSERT_TRUE(one.reserve(64 * mib));
    fake_os::refuse(site);
    EXPECT_FALSE(one.grow(1));
    EXPECT_EQ(one.frontier(), 0U);
    EXPECT_EQ(one.open_word(0).load_relaxed(), 0U);
    fake_os::allow_everything();
    EXPECT_TRUE(one.grow(1));
    EXPECT_EQ(one.frontier(), 2U);
  }
}

TEST_F(ArenaTest, repeats_what_another_thread_did_meanwhile) {
  ASSERT_TRUE(arena.reserve(64 * mib));
  bool once = true;
  fake_os::before_each_call([&](const Call& call) {
    if (call.site != Site::arena_commit || !once) return;
    once = false;
    EXPECT_TRUE(arena.grow(3));
  });
  ASSERT_TRUE(arena.grow(1));
  EXPECT_EQ(arena.frontier(), 3U);
  EXPECT_EQ(arena.open_word(0).load_relaxed(), 7U);
}

TEST_F(ArenaTest, a_full_segment_is_closed_unless_a_page_came_free) {
  ASSERT_TRUE(arena.reserve(64 * mib));
  ASSERT_TRUE(arena.grow(2));
  arena.segment(1).used.store_relaxed(~0U);
  arena.mark_full(1);
  EXPECT_EQ(arena.open_word(0).load_relaxed(), 1U);
  arena.mark_open(1);
  EXPECT_EQ(arena.open_word(0).load_relaxed(), 3U);
  arena.segment(1).used.store_relaxed(~0U - 1);
  arena.mark_full(1);
  EXPECT_EQ(arena.open_word(0).load_relaxed(), 3U);
}

class OpenArena : public FreshRegion {};

TEST_F(OpenArena, mirrors_the_first_and_forbids_huge_pages_there) {
  ASSERT_TRUE(open_arena(64 * mib));
  EXPECT_EQ(arena_count.load_relaxed(), 1U);
  EXPECT_EQ(first_arena_base, arenas[0].base());
  EXPECT_EQ(first_arena_tags, arenas[0].tags());
  EXPECT_EQ(first_arena_limit, (64 * mib) >> block_shift);
  const std::vector<Call> forbidden = fake_os::calls_of(Request::forbid_huge_pages);
  ASSERT_EQ(forbidden.size(), 1U);
  EXPECT_EQ(forbidden[0].address, arenas[0].base());
  EXPECT_EQ(forbidden[0].bytes, 64 * mib);
}

TEST_F(OpenArena, survives_that_huge_pages_cannot_be_forbidden) {
  fake_os::refuse(Site::arena_huge_pages);
  EXPECT_TRUE(open_arena(64 * mib));
}

TEST_F(OpenArena, holds_four_and_no_more) {
  for (unsigned i = 0; i < max_arenas; ++i) ASSERT_TRUE(open_arena(8 * mib));
  EXPECT_FALSE(open_arena(8 * mib));
  EXPECT_EQ(arena_count.load_relaxed(), max_arenas);
  EXPECT_EQ(first_arena_base, arenas[0].base());
  for (unsigned i = 0; i < max_arenas; ++i) {
    const PageRef ref = page_at(arenas[i].page_address(5) + 17);
    EXPECT_EQ(ref.arena, &arenas[i]);
    EXPECT_EQ(ref.index, 5U);
  }
}

TEST_F(OpenArena, under_a_tight_limit_leaves_the_last_place_for_when_it_is_raised) {
  fake_os::set_address_space_left(16 * mib);
  for (unsigned i = 0; i < max_arenas - 1; ++i) ASSERT_TRUE(open_arena(8 * mib));
  EXPECT_FALSE(open_arena(8 * mib));
  fake_os::set_address_space_left(4 * gib);
  EXPECT_TRUE(open_arena(8 * mib));
}

TEST_F(OpenArena, forbids_or_allows_huge_pages_as_the_policy_says) {
  set_huge_pages(policy::HugePages::always);
  ASSERT_TRUE(open_arena(64 * mib));
  EXPECT_EQ(fake_os::calls_of(Request::allow_huge_pages).size(), 1U);
  EXPECT_TRUE(fake_os::calls_of(Request::forbid_huge_pages).empty());
  set_huge_pages(policy::HugePages::automatic);
}

TEST_F(OpenArena, refused_opens_nothing) {
  fake_os::refuse(Site::arena_reserve);
  EXPECT_FALSE(open_arena(64 * mib));
  EXPECT_EQ(arena_count.load_relaxed(), 0U);
  EXPECT_EQ(first_arena_limit, 0U);
  fake_os::allow_everything();
  EXPECT_TRUE(open_arena(64 * mib));
}

TEST_F(OpenArena, sizes_the_first_by_memory_and_by_the_limit_on_address_space) {
  fake_os::set_physical_bytes(1 * gib);
  ASSERT_TRUE(open_arena(0));
  const std::size_t fixed = build::first_arena_mib * mib;
  EXPECT_EQ(arenas[0].bytes(), fixed != 0 ? fixed : 8 * gib);
  forget_region();
  fake_os::set_physical_bytes(1 * gib);
  fake_os::set_address_space_left(100 * mib);
  ASSERT_TRUE(open_arena(0));
  EXPECT_EQ(arenas[0].bytes(), fixed != 0 ? fixed : 50 * mib);
}

TEST_F(OpenArena, nothing_is_inside_before_the_first) {
  int local = 0;
  for (const void* pointer :
       {static_cast<const void*>(nullptr), static_cast<const void*>(&local)}) {
    EXPECT_GE(rotated_offset(pointer), first_arena_limit);
    EXPECT_FALSE(page_at(pointer));
  }
}

TEST_F(OpenArena, one_compare_rejects_what_is_outside_or_misaligned) {
  ASSERT_TRUE(open_arena(64 * mib));
  std::byte* const start = arenas[0].page_address(0);
  for (const std::size_t offset : {std::size_t{0}, std::size_t{16}, page_bytes, 64 * mib - 16}) {
    EXPECT_LT(rotated_offset(start + offset), first_arena_limit) << offset;
    EXPECT_EQ(&tag_at_rotated(rotated_offset(start + offset)),
              &arenas[0].tag(arenas[0].page_index(start + offset)));
    for (unsigned off = 1; off < 16; ++off) {
      EXPECT_GE(rotated_offset(start + offset + off), first_arena_limit) << offset + off;
    }
  }
  EXPECT_GE(rotated_offset(start - 16), first_arena_limit);
  EXPECT_GE(rotated_offset(start + 64 * mib), first_arena_limit);
  EXPECT_GE(rotated_offset(nullptr), first_arena_limit);
}

}  // namespace
}  // namespace hakmem::region
