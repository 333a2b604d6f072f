// page_store_test.cc: the pages of one heap: refill, retire, spares, HOME, sweep, bequest.
#include "heap/page_store.h"

#include <algorithm>
#include <thread>

#include "heap/bin.h"
#include "unit/heap/fresh_heaps.h"

namespace hakmem::heap {
namespace {

namespace fake_os = test::fake_os;
using os::Site;
using page::Block;
using page::BlockList;
using page::class_of;
using page::ClassId;
using region::gauge;

class PageStoreTest : public BareHeaps {
 protected:
  PageStore& store_ = new_store();

  ~PageStoreTest() override { EXPECT_EQ(store_.check_invariants(), 0U); }

  void put_all(const std::vector<Block*>& blocks) {
    for (Block* const block : blocks) put(store_, block);
  }
  static std::uint32_t capacity(ClassId id) { return page::size_classes[id].capacity; }
};

TEST_F(PageStoreTest, has_nothing_before_a_page_is_opened) {
  EXPECT_EQ(store_.take(class_of(64), 10).count, 0U);
  EXPECT_EQ(store_.page_count(), 0U);
  EXPECT_TRUE(store_.open_page(class_of(64)));
  EXPECT_EQ(store_.take(class_of(64), 10).count, 10U);
  EXPECT_EQ(store_.take(class_of(80), 10).count, 0U);
  EXPECT_EQ(store_.page_count(), 1U);
}

TEST_F(PageStoreTest, tags_each_page_of_a_run_with_owner_and_route) {
  for (unsigned id = 0; id < page::class_count; ++id) {
    ASSERT_TRUE(store_.open_page(static_cast<ClassId>(id)));
    const BlockList list = store_.take(static_cast<ClassId>(id), 1);
    const region::PageRef first = page_of(list.first).ref();
    for (unsigned i = 0; i < page::size_classes[id].run_pages; ++i) {
      EXPECT_EQ((first + i).tag().owner.load_relaxed(), region::number(store_.key()));
      EXPECT_EQ((first + i).tag().route.load_relaxed(), bin_offset(static_cast<ClassId>(id)));
    }
  }
}

TEST_F(PageStoreTest, takes_from_its_pages_before_it_needs_another) {
  const ClassId id = class_of(1024);
  const std::vector<Block*> blocks = take(store_, id, capacity(id));
  EXPECT_EQ(store_.page_count(), 1U);
  EXPECT_EQ(store_.take(id, 1).count, 0U);
  put(store_, blocks[7]);
  const BlockList list = store_.take(id, 5);
  EXPECT_EQ(list.count, 1U);
  EXPECT_EQ(list.first, blocks[7]);
}

TEST_F(PageStoreTest, an_empty_page_is_kept_as_a_spare_untagged) {
  const ClassId id = class_of(1024);
  const std::vector<Block*> blocks = take(store_, id, 3);
  region::PageTag& tag = tag_of(blocks[0]);
  put_all(blocks);
  EXPECT_EQ(tag.route.load_relaxed(), region::no_route);
  EXPECT_EQ(tag.owner.load_relaxed(), region::number(region::OwnerKey::none));
  EXPECT_EQ(store_.page_count(), 0U);
  EXPECT_EQ(store_.pages_held(), 1U);
  EXPECT_EQ(gauge.used_pages(), 1U);
  // It serves any class of one page next.
  EXPECT_EQ(take(store_, class_of(16), 1).size(), 1U);
  EXPECT_EQ(gauge.used_pages(), 1U);
}

TEST_F(PageStoreTest, keeps_as_many_spares_as_the_policy_says) {
  for (const unsigned limit : {0U, 1U, 5U, 1024U}) {
    policy::RouteSnapshot snapshot;
    snapshot.spare_pages = limit;
    store_.configure(snapshot);
    const ClassId id = class_of(1024);
    put_all(take(store_, id, 12 * capacity(id)));
    const std::size_t kept = std::min(limit, 8U);
    EXPECT_EQ(store_.pages_held(), kept);
    EXPECT_EQ(gauge.used_pages(), kept);
    store_.return_spares();
    EXPECT_EQ(gauge.used_pages(), 0U);
  }
}

TEST_F(PageStoreTest, runs_of_several_pages_go_back_at_once) {
  const ClassId id = class_of(40 * kib);
  ASSERT_GT(page::size_classes[id].run_pages, 1U);
  put_all(take(store_, id, 2));
  EXPECT_EQ(store_.pages_held(), 0U);
  EXPECT_EQ(gauge.used_pages(), 0U);
  EXPECT_EQ(gauge.dirty_pages(), page::size_classes[id].run_pages);
}

TEST_F(PageStoreTest, leaves_blocks_of_others_to_the_caller) {
  PageStore& other = new_store();
  const std::vector<Block*> mine = take(store_, class_of(64), 3);
  const std::vector<Block*> foreign = take(other, class_of(64), 2);
  mine[0]->next = foreign[0];
  foreign[0]->next = mine[1];
  mine[1]->next = foreign[1];
  foreign[1]->next = nullptr;
  BlockList left;
  store_.put(mine[0], 4, left);
  EXPECT_EQ(left.count, 2U);
  EXPECT_EQ(page_of(mine[0]).used, 1U);
  EXPECT_EQ(page_of(foreign[0]).used, 2U);
  EXPECT_EQ(error_count.load_relaxed(), 0U);
}

TEST_F(PageStoreTest, puts_no_more_than_the_count) {
  const std::vector<Block*> blocks = take(store_, class_of(64), 5);
  BlockList foreign;
  store_.put(blocks[0], 3, foreign);
  EXPECT_EQ(page_of(blocks[0]).used, 2U);
}

TEST_F(PageStoreTest, a_circle_of_blocks_ends_with_the_count) {
  const std::vector<Block*> blocks = take(store_, class_of(64), 10);
  blocks[0]->next = blocks[1];
  blocks[1]->next = blocks[0];
  BlockList foreign;
  store_.put_inbox_with_lock_held(blocks[0], foreign);
  EXPECT_GT(error_count.load_relaxed(), 0U);
  // A page with blocks freed twice is put right when it would be empty; what the circle cut off is
  // lost.
  for (Block* const block : blocks) put(store_, block);
  EXPECT_EQ(store_.check_invariants(), 0U);
}

TEST_F(PageStoreTest, reports_and_drops_what_cannot_be) {
  const std::vector<Block*> blocks = take(store_, class_of(4096), 2);
  std::uint64_t errors = 0;
  const auto put_wrong = [&](void* pointer) {
    BlockList foreign;
    store_.put(static_cast<Block*>(pointer), 1, foreign);
    EXPECT_EQ(error_count.load_relaxed(), ++errors);
    EXPECT_EQ(foreign.count, 0U);
    EXPECT_EQ(page_of(blocks[0]).used, 2U);
  };
  auto* const start = reinterpret_cast<std::byte*>(blocks[0]);
  put_wrong(start + 16);                          // inside a block
  put_wrong(start + 10 * 4096);                   // not carved yet
  put_wrong(region::arenas[0].page_address(40));  // of nobody's page
  int local[4] = {};
  put_wrong(local);
  EXPECT_EQ(store_.check_invariants(), 0U);
}

TEST_F(PageStoreTest, a_block_of_a_retired_page_is_reported) {
  const std::vector<Block*> blocks = take(store_, class_of(4096), 2);
  put_all(blocks);
  BlockList foreign;
  store_.put(blocks[0], 1, foreign);
  EXPECT_EQ(error_count.load_relaxed(), 1U);
}

TEST_F(PageStoreTest, a_page_emptied_by_a_double_free_is_mended_and_kept) {
  const std::vector<Block*> blocks = take(store_, class_of(4096), 3);
  put(store_, blocks[0]);
  put(store_, blocks[0]);
  put(store_, blocks[1]);
  EXPECT_EQ(error_count.load_relaxed(), 1U);
  EXPECT_EQ(store_.page_count(), 1U);
  EXPECT_EQ(page_of(blocks[2]).used, 1U);
  EXPECT_EQ(store_.check_invariants(), 0U);
  put(store_, blocks[2]);
  EXPECT_EQ(store_.page_count(), 0U);
}

TEST_F(PageStoreTest, routes_follow_the_lane) {
  policy::RouteSnapshot snapshot;
  snapshot.lanes[page::size_classes[class_of(64)].band] = policy::Lane::core;
  store_.configure(snapshot);
  EXPECT_EQ(tag_of(take(store_, class_of(64), 1)[0]).route.load_relaxed(),
            bin_offset(class_of(64)) | region::core_route);
  EXPECT_EQ(tag_of(take(store_, class_of(512), 1)[0]).route.load_relaxed(),
            bin_offset(class_of(512)));
  EXPECT_EQ(store_.lane_of(class_of(64)), policy::Lane::core);
}

TEST_F(PageStoreTest, turning_home_changes_the_routes_of_all_pages_of_the_class) {
  const ClassId id = class_of(4096);
  const std::vector<Block*> blocks = take(store_, id, 3 * capacity(id) + 1);
  const std::vector<Block*> others = take(store_, class_of(64), 1);
  const auto expect_routes = [&](region::Route route) {
    for (const Block* const block : blocks) {
      EXPECT_EQ(tag_of(block).route.load_relaxed(), route);
      EXPECT_EQ(tag_of(block).owner.load_relaxed(), region::number(store_.key()));
    }
    EXPECT_EQ(tag_of(others[0]).route.load_relaxed(), bin_offset(class_of(64)));
  };
  store_.set_home(id, true);
  EXPECT_TRUE(store_.is_home(id));
  expect_routes(bin_offset(id) | region::home_route);
  EXPECT_EQ(tag_of(take(store_, id, capacity(id))[capacity(id) - 1]).route.load_relaxed(),
            bin_offset(id) | region::home_route)
      << "and of pages opened later";
  EXPECT_EQ(store_.check_invariants(), 0U);
  store_.set_home(id, false);
  expect_routes(bin_offset(id));
  EXPECT_EQ(store_.counters().home_turns.load_relaxed(), 1U);
  EXPECT_EQ(store_.counters().keep_turns.load_relaxed(), 1U);
}

TEST_F(PageStoreTest, a_sweep_returns_memory_of_partly_used_pages_and_spares) {
  const ClassId id = class_of(4096);
  const std::vector<Block*> blocks = take(store_, id, capacity(id));
  put_all({blocks.begin(), blocks.end() - 1});
  put_all(take(store_, class_of(64), 1));
  ASSERT_EQ(store_.pages_held(), 2U);
  EXPECT_EQ(store_.sweep(), (capacity(id) - 1) * 4096U);
  EXPECT_EQ(store_.pages_held(), 1U);
  EXPECT_EQ(store_.counters().sweeps.load_relaxed(), 1U);
  EXPECT_EQ(store_.counters().swept_bytes.load_relaxed(), (capacity(id) - 1) * 4096U);
  EXPECT_EQ(take(store_, id, capacity(id) - 1U).size(), capacity(id) - 1U);
  EXPECT_EQ(store_.page_count(), 1U);
}

TEST_F(PageStoreTest, a_stranger_sweeps_only_when_nobody_is_at_work) {
  const std::vector<Block*> blocks = take(store_, class_of(4096), 10);
  put_all({blocks.begin(), blocks.end() - 1});
  store_.lock().lock();
  std::size_t swept = 1;
  std::thread stranger([&] { swept = store_.try_sweep(); });
  stranger.join();
  EXPECT_EQ(swept, 0U);
  store_.lock().unlock();
  EXPECT_EQ(store_.try_sweep(), 9 * 4096U);
}

TEST_F(PageStoreTest, a_bequest_is_the_heirs_with_tags_and_routes) {
  PageStore& heir = new_store();
  heir.set_home(class_of(4096), true);
  std::vector<Block*> blocks = take(store_, class_of(4096), 20);
  const std::vector<Block*> small = take(store_, class_of(64), 2000);
  blocks.insert(blocks.end(), small.begin(), small.end());
  const std::vector<Block*> large = take(store_, class_of(52 * kib), 3);
  blocks.insert(blocks.end(), large.begin(), large.end());
  const std::uint32_t pages = store_.page_count();
  {
    const os::LockGuard guard(store_.lock());
    const os::LockGuard heir_guard(heir.lock());
    store_.bequeath(heir);
  }
  EXPECT_EQ(store_.page_count(), 0U);
  EXPECT_EQ(heir.page_count(), pages);
  for (const Block* const block : blocks) {
    EXPECT_EQ(tag_of(block).owner.load_relaxed(), region::number(heir.key()));
  }
  EXPECT_EQ(tag_of(blocks[0]).route.load_relaxed(),
            bin_offset(class_of(4096)) | region::home_route);
  EXPECT_EQ(heir.check_invariants(), 0U);
  for (Block* const block : blocks) put(heir, block);
  EXPECT_EQ(heir.page_count(), 0U);
}

TEST_F(PageStoreTest, without_memory_opens_no_page_and_stands) {
  fake_os::refuse(Site::arena_commit);
  EXPECT_FALSE(store_.open_page(class_of(64)));
  EXPECT_EQ(store_.page_count(), 0U);
  fake_os::allow_everything();
  EXPECT_TRUE(store_.open_page(class_of(64)));
}

TEST_F(PageStoreTest, notices_pages_that_are_not_consistent) {
  const std::vector<Block*> blocks = take(store_, class_of(64), 4);
  page::Page& page = page_of(blocks[0]);
  tag_of(blocks[0]).owner.store_relaxed(999);
  EXPECT_EQ(store_.check_invariants(), 1U);
  tag_of(blocks[0]).owner.store_relaxed(region::number(store_.key()));
  ++page.used;
  EXPECT_EQ(store_.check_invariants(), 1U);
  --page.used;
  page.in_full_list = true;
  EXPECT_EQ(store_.check_invariants(), 1U);
  page.in_full_list = false;
}

TEST_F(PageStoreTest, visits_each_page_once) {
  const ClassId id = class_of(4096);
  take(store_, id, 3 * capacity(id) + 1);
  take(store_, class_of(64), 1);
  unsigned pages = 0;
  std::uint32_t used = 0;
  store_.visit_pages([&](const page::Page& page) {
    ++pages;
    used += page.used;
  });
  EXPECT_EQ(pages, 5U);
  EXPECT_EQ(used, 3U * capacity(id) + 2);
  EXPECT_GE(most_blocks_anywhere(), used);
}

}  // namespace
}  // namespace hakmem::heap
