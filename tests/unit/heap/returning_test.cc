// returning_test.cc: who returns memory, and what a stranger may take from heaps at rest.
#include "heap/returning.h"

#include "heap/bin.h"
#include "unit/heap/fresh_heaps.h"

namespace hakmem::heap {
namespace {

using page::Block;
using page::class_of;
using region::gauge;

class ReturningTest : public BareHeaps {
 protected:
  ReturningTest() { configure(true, false); }

  static void configure(bool purge, bool helper) {
    policy::RouteSnapshot snapshot;
    snapshot.purge = purge;
    snapshot.helper = helper;
    configure_returning(snapshot, nullptr);
  }
  // Memory in use that falls to nothing, all of it dirty.
  static void fall() {
    constexpr std::uint32_t pages = 320;
    const region::PageRef run =
        region::take_pages(pages, region::page_bytes, region::OwnerKey::none, nullptr).first;
    settle_memory(nullptr);
    region::give_pages(run, pages, true);
  }
};

TEST_F(ReturningTest, one_thread_returns_memory_itself) {
  new_store();
  fall();
  EXPECT_TRUE(memory_wants_settling());
  const region::Gauge::Verdict verdict = settle_memory(nullptr);
  EXPECT_TRUE(verdict.falling);
  EXPECT_EQ(verdict.purge_pages, 320 - 16U);
}

TEST_F(ReturningTest, nobody_does_when_the_policy_forbids_it) {
  configure(false, false);
  fall();
  const region::Gauge::Verdict verdict = settle_memory(nullptr);
  EXPECT_FALSE(verdict.falling);
  EXPECT_EQ(verdict.purge_pages, 0U);
}

// A page of each segment stays in use, so a long run finds no room among the dirty ones.
void take_clean_beside_dirty_pages() {
  constexpr std::uint32_t pages = 10 * region::segment_pages;
  const auto take_run = [] {
    return region::take_pages(pages, region::page_bytes, region::OwnerKey::none, nullptr).first;
  };
  const region::PageRef run = take_run();
  for (std::uint32_t first = 0; first < pages; first += region::segment_pages) {
    region::give_pages(run + first, region::segment_pages - 1, true);
  }
  take_run();
}

TEST_F(ReturningTest, clean_pages_push_out_dirty_ones) {
  take_clean_beside_dirty_pages();
  EXPECT_GE(gauge.dirty_pages(), 10 * (region::segment_pages - 1));
  return_surplus();
  EXPECT_LE(gauge.dirty_pages(), 16U);
}

TEST_F(ReturningTest, clean_pages_push_out_nothing_when_the_policy_forbids_it) {
  configure(false, false);
  take_clean_beside_dirty_pages();
  const std::size_t before = gauge.dirty_pages();
  return_surplus();
  EXPECT_EQ(gauge.dirty_pages(), before);
}

TEST_F(ReturningTest, a_refusal_is_not_met_again_at_the_next_page) {
  take_clean_beside_dirty_pages();
  test::fake_os::refuse(os::Site::free_page_purge);
  const auto calls = [] { return test::fake_os::calls_at(os::Site::free_page_purge).size(); };
  return_surplus();
  const std::size_t once = calls();
  EXPECT_GE(once, 10U);
  for (unsigned i = 0; i < 100; ++i) return_surplus();
  EXPECT_EQ(calls(), once);
  test::fake_os::allow_everything();
}

// As after mlockall(MCL_CURRENT): what is younger goes back, and must not bring all the rest along.
TEST_F(ReturningTest, a_purge_that_was_mostly_refused_counts_as_refused) {
  take_clean_beside_dirty_pages();
  test::fake_os::refuse(os::Site::free_page_purge, 1);
  const auto calls = [] { return test::fake_os::calls_at(os::Site::free_page_purge).size(); };
  return_surplus();
  const std::size_t once = calls();
  EXPECT_GE(gauge.purged_pages(), 1U);
  for (unsigned i = 0; i < 100; ++i) return_surplus();
  EXPECT_EQ(calls(), once);
  test::fake_os::allow_everything();
}

TEST_F(ReturningTest, sweeping_drains_inboxes_and_returns_unused_memory) {
  PageStore& one = new_store();
  PageStore& two = new_store();
  const std::vector<Block*> blocks = take(one, class_of(4096), 16);
  const std::vector<Block*> others = take(two, class_of(4096), 2);
  for (unsigned i = 0; i < 15; ++i) {
    ASSERT_TRUE(post(owner_of(one.key()), blocks[i], blocks[i], 4096));
  }
  ASSERT_TRUE(post(owner_of(one.key()), others[0], others[0], 4096)) << "not its own";
  EXPECT_GE(sweep_all_heaps(), 15 * 4096U);
  EXPECT_EQ(page_of(blocks[15]).used, 1U);
  sweep_all_heaps();
  EXPECT_EQ(page_of(others[1]).used, 1U);
  EXPECT_EQ(error_count.load_relaxed(), 0U);
}

TEST_F(ReturningTest, returning_everything_leaves_nothing_dirty) {
  PageStore& store = new_store();
  for (Block* const block : take(store, class_of(1024), 300)) put(store, block);
  EXPECT_GT(store.pages_held(), 0U);
  EXPECT_GT(gauge.dirty_pages(), 0U);
  return_everything();
  EXPECT_EQ(store.pages_held(), 0U);
  EXPECT_EQ(gauge.dirty_pages(), 0U);
  EXPECT_EQ(gauge.used_pages(), 0U);
}

TEST_F(ReturningTest, asking_to_trim_rings_every_bell) {
  PageStore& one = new_store();
  PageStore& two = new_store();
  const unsigned before = trims_asked();
  ask_all_to_trim();
  EXPECT_EQ(trims_asked(), before + 1);
  EXPECT_TRUE(BareHeap::around(one).rang());
  EXPECT_TRUE(BareHeap::around(two).rang());
}

}  // namespace
}  // namespace hakmem::heap
