// pages_test.cc: runs of pages, taken and given by one thread.
#include "region/pages.h"

#include <cstring>
#include <random>
#include <set>

#include "unit/region/fresh_region.h"

namespace hakmem::region {
namespace {

using os::Site;
using test::Call;
using test::Request;
namespace fake_os = test::fake_os;

constexpr auto nobody = OwnerKey::none;

class PagesTest : public FreshRegion {
 protected:
  PagesTest() { EXPECT_TRUE(open_arena(64 * mib)); }
  ~PagesTest() override { expect_counts_agree(); }

  static TakenRun take(std::uint32_t pages, std::size_t alignment = page_bytes) {
    return take_pages(pages, alignment, nobody, nullptr);
  }
  static bool all_zero(PageRef first, std::uint32_t pages) {
    const std::byte* const bytes = first.address();
    for (std::size_t i = 0; i < pages * page_bytes; i += 512) {
      if (bytes[i] != std::byte{0}) return false;
    }
    return true;
  }
  static void write(PageRef first, std::uint32_t pages) {
    std::memset(first.address(), 0x5A, pages * page_bytes);
  }
};

TEST_F(PagesTest, runs_shorter_than_a_segment_lie_in_one) {
  for (std::uint32_t pages = 1; pages < segment_pages; ++pages) {
    const TakenRun run = take(pages);
    ASSERT_TRUE(run.first);
    EXPECT_TRUE(run.zeroed);
    EXPECT_LE(run.first.index % segment_pages + pages, segment_pages);
    EXPECT_TRUE(fake_os::is_committed(run.first.address(), pages * page_bytes));
    EXPECT_EQ(gauge.used_pages(), pages * (pages + 1) / 2);
    expect_counts_agree();
  }
}

TEST_F(PagesTest, runs_of_every_length_are_disjoint_and_come_back) {
  std::vector<std::pair<PageRef, std::uint32_t>> runs;
  std::set<std::uint32_t> taken;
  for (std::uint32_t pages = 1; pages <= 31; ++pages) {
    const PageRef first = take(pages).first;
    ASSERT_TRUE(first);
    runs.emplace_back(first, pages);
    for (std::uint32_t i = 0; i < pages; ++i) EXPECT_TRUE(taken.insert(first.index + i).second);
  }
  for (const auto& [first, pages] : runs) give_pages(first, pages, false);
  EXPECT_EQ(gauge.used_pages(), 0U);
  EXPECT_EQ(gauge.dirty_pages(), 0U);
  EXPECT_EQ(take(31).first.index, 0U);
}

TEST_F(PagesTest, the_lowest_that_fits_is_taken) {
  const PageRef first = take(4).first;
  const PageRef second = take(3).first;
  EXPECT_EQ(first.index, 0U);
  EXPECT_EQ(second.index, 4U);
  give_pages(first, 4, false);
  EXPECT_EQ(take(3).first.index, 0U);
  EXPECT_EQ(take(2).first.index, 7U);
  EXPECT_EQ(take(1).first.index, 3U);
}

TEST_F(PagesTest, dirty_pages_come_before_clean_ones) {
  const PageRef first = take(1).first;
  take(1);
  const PageRef third = take(1).first;
  give_pages(first, 1, false);
  give_pages(third, 1, true);
  const TakenRun run = take(1);
  EXPECT_EQ(run.first.index, third.index);
  EXPECT_FALSE(run.zeroed);
  EXPECT_EQ(take(1).first.index, first.index);
}

TEST_F(PagesTest, a_run_with_one_dirty_page_is_not_zeroed) {
  const PageRef run = take(8).first;
  give_pages(run, 3, false);
  give_pages(run + 3, 1, true);
  give_pages(run + 4, 4, false);
  const TakenRun again = take(8);
  EXPECT_EQ(again.first.index, run.index);
  EXPECT_FALSE(again.zeroed);
  EXPECT_EQ(gauge.dirty_pages(), 0U);
}

TEST_F(PagesTest, pages_given_clean_that_were_dirty_before_stay_dirty) {
  const PageRef page = take(1).first;
  write(page, 1);
  give_pages(page, 1, true);
  ASSERT_FALSE(take(1).zeroed);
  give_pages(page, 1, false);
  EXPECT_EQ(gauge.dirty_pages(), 1U);
  EXPECT_FALSE(take(1).zeroed);
}

TEST_F(PagesTest, long_runs_begin_at_a_segment_and_leave_its_last_pages_to_others) {
  for (const std::uint32_t pages : {32U, 33U, 63U, 64U, 65U, 100U}) {
    forget_region();
    ASSERT_TRUE(open_arena(64 * mib));
    const PageRef small = take(1).first;
    const TakenRun run = take(pages);
    ASSERT_TRUE(run.first) << pages;
    EXPECT_TRUE(run.zeroed);
    EXPECT_EQ(run.first.index, segment_pages);
    EXPECT_TRUE(fake_os::is_committed(run.first.address(), pages * page_bytes));
    EXPECT_EQ(gauge.used_pages(), pages + 1);
    expect_counts_agree();
    const std::uint32_t rest = (segment_pages - pages % segment_pages) % segment_pages;
    const PageRef first_segment = take(31).first;
    EXPECT_EQ(first_segment.index, 1U);
    if (rest != 0) {
      EXPECT_EQ(take(rest).first.index, segment_pages + pages);
    }
    give_pages(run.first, pages, true);
    EXPECT_EQ(gauge.dirty_pages(), pages);
    give_pages(small, 1, false);
    expect_counts_agree();
  }
}

TEST_F(PagesTest, a_long_run_skips_segments_in_use) {
  const PageRef all = take(31 * segment_pages).first;
  give_pages(all, 2 * segment_pages, false);
  give_pages(all + 3 * segment_pages, 3 * segment_pages, false);
  EXPECT_EQ(take(3 * segment_pages).first.index, 3 * segment_pages);
  EXPECT_EQ(take(2 * segment_pages).first.index, 0U);
  EXPECT_EQ(take(segment_pages).first.index, 31 * segment_pages);
}

TEST_F(PagesTest, alignments_up_to_a_segment) {
  for (std::size_t alignment = page_bytes; alignment <= segment_bytes; alignment *= 2) {
    for (const std::uint32_t pages : {1U, 2U, 5U, 31U, 32U, 40U}) {
      const TakenRun run = take(pages, alignment);
      ASSERT_TRUE(run.first) << alignment << ' ' << pages;
      EXPECT_TRUE(is_aligned(address_of(run.first.address()), alignment));
      give_pages(run.first, pages, false);
    }
  }
  EXPECT_EQ(arena_count.load_relaxed(), 1U);
}

TEST_F(PagesTest, an_aligned_run_leaves_what_is_in_front_to_others) {
  take(1);
  const PageRef aligned = take(2, 8 * page_bytes).first;
  EXPECT_EQ(aligned.index, 8U);
  EXPECT_EQ(take(7).first.index, 1U);
}

TEST_F(PagesTest, takes_what_lies_behind_a_run) {
  const PageRef run = take(4).first;
  bool zeroed = false;
  ASSERT_TRUE(take_behind(run + 4, 3, zeroed));
  EXPECT_TRUE(zeroed);
  EXPECT_EQ(gauge.used_pages(), 7U);
  give_pages(run + 4, 3, true);
  ASSERT_TRUE(take_behind(run + 4, 4, zeroed));
  EXPECT_FALSE(zeroed);
  EXPECT_EQ(gauge.dirty_pages(), 0U);
}

TEST_F(PagesTest, takes_what_lies_behind_across_segments) {
  const PageRef run = take(100).first;
  give_pages(run + 20, 80, true);
  bool zeroed = true;
  ASSERT_TRUE(take_behind(run + 20, 80, zeroed));
  EXPECT_FALSE(zeroed);
  EXPECT_EQ(gauge.used_pages(), 100U);
  expect_counts_agree();
}

TEST_F(PagesTest, takes_all_behind_or_nothing) {
  const PageRef run = take(100).first;
  give_pages(run + 20, 79, true);
  const std::size_t dirty = gauge.dirty_pages();
  bool zeroed = false;
  EXPECT_FALSE(take_behind(run + 20, 80, zeroed));
  EXPECT_EQ(gauge.used_pages(), 21U);
  EXPECT_EQ(gauge.dirty_pages(), dirty);
  expect_counts_agree();
  EXPECT_FALSE(take_behind(run + 19, 2, zeroed));
  EXPECT_TRUE(take_behind(run + 20, 79, zeroed));
}

TEST_F(PagesTest, nothing_lies_behind_the_frontier) {
  const PageRef run = take(1).first;
  const std::uint32_t frontier = arenas[0].frontier() * segment_pages;
  bool zeroed = false;
  EXPECT_FALSE(take_behind(run + 1, frontier, zeroed));
  EXPECT_EQ(gauge.used_pages(), 1U);
  EXPECT_TRUE(take_behind(run + 1, frontier - 1, zeroed));
}

TEST_F(PagesTest, purges_dirty_free_pages_and_nothing_else) {
  const PageRef run = take(40).first;
  write(run, 40);
  give_pages(run, 10, true);
  give_pages(run + 20, 20, true);
  EXPECT_EQ(purge_pages(~std::size_t{0}), 30U);
  EXPECT_EQ(gauge.dirty_pages(), 0U);
  EXPECT_EQ(gauge.used_pages(), 10U);
  EXPECT_EQ(fake_os::resident_bytes(run.address(), 40 * page_bytes), 10 * page_bytes);
  EXPECT_TRUE(all_zero(run, 10));
  EXPECT_TRUE(all_zero(run + 20, 20));
  for (unsigned i = 10; i < 20; ++i) EXPECT_FALSE(all_zero(run + i, 1));
  EXPECT_TRUE(take(10).zeroed);
  EXPECT_EQ(purge_pages(~std::size_t{0}), 0U);
}

TEST_F(PagesTest, purges_from_the_top_and_stops_when_it_has_enough) {
  const PageRef run = take(4 * segment_pages).first;
  give_pages(run, 4 * segment_pages, true);
  EXPECT_EQ(purge_pages(1), std::size_t{segment_pages});
  const std::vector<Call> calls = fake_os::calls_of(Request::purge);
  ASSERT_EQ(calls.size(), 2U);  // the segment, and its rows of bits: nobody is in it
  EXPECT_EQ(calls[0].address, address_of((run + 3 * segment_pages).address()));
  EXPECT_EQ(calls[0].bytes, segment_bytes);
  EXPECT_EQ(gauge.dirty_pages(), 3U * segment_pages);
  EXPECT_EQ(gauge.purged_pages(), segment_pages);
}

TEST_F(PagesTest, neighbouring_pages_are_purged_by_one_call) {
  const PageRef run = take(20).first;
  for (unsigned i = 0; i < 20; ++i) {
    if (i != 7 && i != 13) give_pages(run + i, 1, true);
  }
  EXPECT_EQ(purge_pages(~std::size_t{0}), 18U);
  EXPECT_EQ(fake_os::calls_of(Request::purge).size(), 3U);
}

TEST_F(PagesTest, what_the_system_would_not_purge_stays_dirty) {
  const PageRef run = take(20).first;
  give_pages(run, 5, true);
  give_pages(run + 6, 5, true);
  fake_os::refuse(Site::free_page_purge, 1);
  EXPECT_EQ(purge_pages(~std::size_t{0}), 5U);
  EXPECT_EQ(gauge.dirty_pages(), 5U);
  expect_counts_agree();
  EXPECT_TRUE(take(5).zeroed || gauge.dirty_pages() == 0);
  fake_os::allow_everything();
  purge_pages(~std::size_t{0});
  EXPECT_EQ(gauge.dirty_pages(), 0U);
}

TEST_F(PagesTest, pages_being_purged_are_nobody_elses) {
  const PageRef run = take(8).first;
  give_pages(run, 8, true);
  PageRef meanwhile;
  bool zeroed = false;
  fake_os::before_each_call([&](const Call& call) {
    if (call.request != Request::purge || meanwhile) return;
    meanwhile = take(4).first;
    EXPECT_FALSE(take_behind(run, 1, zeroed));
    EXPECT_EQ(purge_pages(~std::size_t{0}), 0U);
    EXPECT_GE(meanwhile.index, run.index + 8);
    write(meanwhile, 4);
  });
  EXPECT_EQ(purge_pages(~std::size_t{0}), 8U);
  ASSERT_TRUE(meanwhile);
  EXPECT_FALSE(all_zero(meanwhile, 4));
  EXPECT_EQ(gauge.used_pages(), 4U);
  EXPECT_EQ(take(8).first.index, run.index);
}

TEST_F(PagesTest, pages_given_during_a_purge_wait_for_the_next) {
  const PageRef run = take(8).first;
  give_pages(run, 4, true);
  bool given = false;
  fake_os::before_each_call([&](const Call& call) {
    if (call.request != Request::purge || given) return;
    given = true;
    give_pages(run + 4, 4, true);
  });
  EXPECT_EQ(purge_pages(~std::size_t{0}), 4U);
  EXPECT_EQ(gauge.dirty_pages(), 4U);
  expect_counts_agree();
}

TEST_F(PagesTest, growth_that_is_refused_is_no_memory_and_changes_nothing) {
  fake_os::refuse(Site::arena_commit);
  EXPECT_FALSE(take(1).first);
  EXPECT_EQ(gauge.used_pages(), 0U);
  fake_os::allow_everything();
  EXPECT_TRUE(take(1).first);
}

class FurtherArenas : public FreshRegion {
 protected:
  // A machine on which every arena is as short as can be.
  FurtherArenas() {
    fake_os::set_address_space_left(2 * min_arena_bytes);
    EXPECT_TRUE(open_arena(min_arena_bytes));
  }
  ~FurtherArenas() override { expect_counts_agree(); }

  static PageRef take(std::uint32_t pages) {
    return take_pages(pages, page_bytes, nobody, nullptr).first;
  }
};

TEST_F(FurtherArenas, open_when_the_first_is_full_sized_by_what_is_left) {
  fake_os::set_address_space_left(512 * mib);
  const auto all = static_cast<std::uint32_t>(min_arena_bytes / page_bytes);
  for (std::uint32_t i = 0; i < all; ++i) EXPECT_EQ(take(1).arena, &arenas[0]);
  EXPECT_EQ(arena_count.load_relaxed(), 1U);
  const PageRef next = take(1);
  EXPECT_EQ(next.arena, &arenas[1]);
  EXPECT_EQ(arenas[1].bytes(), 256 * mib);
  EXPECT_EQ(page_at(next.address()).arena, &arenas[1]);
  EXPECT_EQ(page_at(next.address()).index, next.index);
  // The first one is asked first again.
  give_pages({&arenas[0], 17}, 1, true);
  EXPECT_EQ(take(1).arena, &arenas[0]);
}

TEST_F(FurtherArenas, open_for_a_run_that_no_arena_could_hold) {
  fake_os::set_address_space_left(64 * mib);
  const auto pages = static_cast<std::uint32_t>(24 * mib / page_bytes);
  const PageRef run = take(pages);
  ASSERT_TRUE(run);
  EXPECT_EQ(run.arena, &arenas[1]);
  EXPECT_GE(arenas[1].bytes(), 24 * mib);
  give_pages(run, pages, true);
  EXPECT_EQ(purge_pages(~std::size_t{0}), pages);
}

TEST_F(FurtherArenas, keep_the_last_place_for_when_a_limit_is_raised) {
  fake_os::set_address_space_left(2 * min_arena_bytes);
  std::vector<PageRef> taken;
  while (const PageRef page = take(1)) taken.push_back(page);
  EXPECT_EQ(taken.size(), (max_arenas - 1) * min_arena_bytes / page_bytes);
  EXPECT_EQ(arena_count.load_relaxed(), max_arenas - 1);
  fake_os::set_address_space_left(4 * gib);
  taken.push_back(take(1));
  EXPECT_EQ(taken.back().arena, &arenas[max_arenas - 1]);
  EXPECT_EQ(arenas[max_arenas - 1].bytes(), 2 * gib);
  for (const PageRef page : taken) give_pages(page, 1, true);
  EXPECT_EQ(gauge.used_pages(), 0U);
  EXPECT_EQ(purge_pages(~std::size_t{0}), taken.size());
}

TEST_F(FurtherArenas, refused_are_no_memory_until_the_system_agrees) {
  while (gauge.used_pages() < min_arena_bytes / page_bytes) ASSERT_TRUE(take(1));
  fake_os::refuse(Site::arena_reserve);
  EXPECT_FALSE(take(1));
  EXPECT_EQ(arena_count.load_relaxed(), 1U);
  fake_os::allow_everything();
  EXPECT_EQ(take(1).arena, &arenas[1]);
}

class LendingTest : public FreshRegion {
 protected:
  static constexpr std::uint32_t few = 16;

  struct Heap {
    explicit Heap(std::uint16_t number) : key{number} {}
    PageRef take() {
      const PageRef page = take_pages(1, page_bytes, key, &lending).first;
      segments.insert(page.index / segment_pages);
      pages.push_back(page);
      return page;
    }
    OwnerKey key;
    Lending lending;
    std::vector<PageRef> pages;
    std::set<std::uint32_t> segments;
  };

  LendingTest() { EXPECT_TRUE(open_arena(64 * mib)); }
};

TEST_F(LendingTest, heaps_with_few_pages_share_a_segment) {
  Heap one(1);
  Heap two(2);
  for (std::uint32_t i = 0; i < few - 1; ++i) {
    one.take();
    two.take();
  }
  EXPECT_EQ(one.segments, (std::set<std::uint32_t>{0}));
  EXPECT_EQ(two.segments, (std::set<std::uint32_t>{0}));
  EXPECT_EQ(arenas[0].segment(0).lender.load_relaxed(), 0U);
}

TEST_F(LendingTest, heaps_with_many_keep_to_segments_of_their_own) {
  Heap one(1);
  Heap two(2);
  one.lending.pages_taken = two.lending.pages_taken = few;
  for (unsigned i = 0; i < 64; ++i) {
    one.take();
    two.take();
  }
  EXPECT_EQ(one.segments.size(), 2U);
  EXPECT_EQ(two.segments.size(), 2U);
  for (const std::uint32_t segment : one.segments) {
    EXPECT_FALSE(two.segments.contains(segment));
    EXPECT_EQ(arenas[0].segment(segment).lender.load_relaxed(), 1U);
  }
}

TEST_F(LendingTest, a_segment_that_empties_is_lent_to_nobody) {
  Heap one(1);
  one.lending.pages_taken = few;
  for (unsigned i = 0; i < 3; ++i) one.take();
  EXPECT_EQ(arenas[0].segment(0).lender.load_relaxed(), 1U);
  for (const PageRef page : one.pages) give_pages(page, 1, true);
  EXPECT_EQ(arenas[0].segment(0).lender.load_relaxed(), 0U);
}

TEST_F(LendingTest, lent_segments_serve_all_before_memory_that_is_mostly_free_grows) {
  Heap one(1);
  Heap two(2);
  one.lending.pages_taken = two.lending.pages_taken = few;
  one.take();
  const PageRef second = two.take();
  ASSERT_EQ(arenas[0].frontier(), 2U);
  EXPECT_NE(second.index / segment_pages, one.pages[0].index / segment_pages);
  // Both segments are lent and nearly empty: a third heap gets a page of theirs, not a new segment.
  Heap three(3);
  three.lending.pages_taken = few;
  three.take();
  EXPECT_EQ(arenas[0].frontier(), 2U);
}

// Random takes and gives against a model that knows each page's owner, contents and cleanliness.
TEST_F(PagesTest, agrees_with_a_model_whatever_comes) {
  struct Taken {
    PageRef first;
    std::uint32_t pages;
    unsigned char mark;
  };
  std::mt19937 random(7);
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random()) % limit;
  };
  std::vector<Taken> runs;
  std::set<std::uintptr_t> owned;
  const auto mark_of = [](const Taken& run) {
    return [&run](std::uint32_t page) {
      return reinterpret_cast<unsigned char*>((run.first + page).address());
    };
  };
  for (unsigned step = 0; step < 20'000; ++step) {
    const std::uint32_t choice = below(100);
    if (choice < 45) {
      const std::uint32_t pages = below(10) == 0 ? 1 + below(100) : 1 + below(6);
      const std::size_t alignment = page_bytes << (below(8) == 0 ? below(6) : 0);
      if (gauge.used_pages() + pages > 600) continue;
      const TakenRun run = take(pages, alignment);
      if (!run.first) continue;
      ASSERT_TRUE(is_aligned(address_of(run.first.address()), alignment));
      const Taken taken{run.first, pages, static_cast<unsigned char>(1 + below(255))};
      for (std::uint32_t i = 0; i < pages; ++i) {
        unsigned char* const page = mark_of(taken)(i);
        ASSERT_TRUE(owned.insert(address_of(page)).second) << "taken twice";
        if (run.zeroed) {
          ASSERT_EQ(*page, 0) << "said to be zeroed";
        }
        *page = taken.mark;
      }
      runs.push_back(taken);
    } else if (choice < 90 && !runs.empty()) {
      const std::size_t which = below(static_cast<std::uint32_t>(runs.size()));
      const Taken run = runs[which];
      for (std::uint32_t i = 0; i < run.pages; ++i) {
        ASSERT_EQ(*mark_of(run)(i), run.mark) << "written by another";
        owned.erase(address_of(mark_of(run)(i)));
      }
      give_pages(run.first, run.pages, true);
      runs[which] = runs.back();
      runs.pop_back();
    } else if (choice < 97 && !runs.empty()) {
      Taken& run = runs[below(static_cast<std::uint32_t>(runs.size()))];
      const std::uint32_t more = 1 + below(40);
      bool zeroed = false;
      if (!take_behind(run.first + run.pages, more, zeroed)) continue;
      for (std::uint32_t i = run.pages; i < run.pages + more; ++i) {
        ASSERT_TRUE(owned.insert(address_of(mark_of(run)(i))).second) << "taken twice";
        if (zeroed) {
          ASSERT_EQ(*mark_of(run)(i), 0) << "said to be zeroed";
        }
        *mark_of(run)(i) = run.mark;
      }
      run.pages += more;
    } else {
      purge_pages(below(64));
    }
    if (step % 64 == 0) {
      ASSERT_EQ(gauge.used_pages(), owned.size());
      expect_counts_agree();
    }
  }
}

}  // namespace
}  // namespace hakmem::region
