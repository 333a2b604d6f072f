// delivery_test.cc: the inbox protocol and how a batch reaches its owner.
#include "heap/delivery.h"

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "heap/bin.h"
#include "os/environment.h"
#include "os/thread.h"
#include "unit/heap/fresh_heaps.h"

namespace hakmem::heap {
namespace {

using page::Block;
using page::BlockList;
using page::class_of;

// Blocks linked to a list.
BlockList linked(const std::vector<Block*>& blocks) {
  BlockList list;
  for (Block* const block : blocks) list.push(*block);
  return list;
}

class DeliveryTest : public BareHeaps {
 protected:
  PageStore& store_ = new_store();
  Owner& owner_ = owner_of(store_.key());

  void deliver_all(const std::vector<Block*>& blocks, std::size_t bytes_each) {
    const BlockList list = linked(blocks);
    deliver(store_.key(), list, blocks.size() * bytes_each);
  }
  static std::multiset<Block*> set_of(Block* list) {
    std::multiset<Block*> set;
    for (; list != nullptr; list = list->next) set.insert(list);
    return set;
  }
};

TEST(DeliveryLimits, bound_an_outbox_as_a_whole_and_each_entry) {
  policy::RouteSnapshot snapshot;
  snapshot.outbox_bytes = 4 * kib;
  snapshot.foreign_budget_bytes = 1 * mib;
  EXPECT_EQ(delivery_limits_of(snapshot).entry_bytes, 4 * kib);
  snapshot.foreign_budget_bytes = 8 * kib;
  EXPECT_EQ(delivery_limits_of(snapshot).entry_bytes * outbox_entries, 8 * kib);
}

TEST_F(DeliveryTest, an_inbox_holds_what_was_posted_until_it_is_collected) {
  const std::vector<Block*> blocks = take(store_, class_of(64), 5);
  const BlockList first = linked({blocks[0], blocks[1]});
  const BlockList second_list = linked({blocks[2], blocks[3], blocks[4]});
  EXPECT_EQ(collect(owner_), nullptr);
  EXPECT_TRUE(post(owner_, first.first, first.last, 128));
  EXPECT_TRUE(post(owner_, second_list.first, second_list.last, 192));
  EXPECT_EQ(owner_.inbox_bytes.load_relaxed(), 320U);
  EXPECT_EQ(set_of(collect(owner_)), std::multiset<Block*>(blocks.begin(), blocks.end()));
  EXPECT_EQ(owner_.inbox_bytes.load_relaxed(), 0U);
  EXPECT_EQ(collect(owner_), nullptr);
}

TEST_F(DeliveryTest, a_closed_inbox_takes_nothing_until_it_is_opened_again) {
  const std::vector<Block*> blocks = take(store_, class_of(64), 2);
  ASSERT_TRUE(post(owner_, blocks[0], blocks[0], 64));
  EXPECT_EQ(close(owner_), blocks[0]);
  EXPECT_EQ(close(owner_), nullptr);
  EXPECT_FALSE(post(owner_, blocks[1], blocks[1], 64));
  EXPECT_EQ(collect(owner_), nullptr);
  reopen(owner_);
  EXPECT_TRUE(post(owner_, blocks[1], blocks[1], 64));
  EXPECT_EQ(collect(owner_), blocks[1]);
}

TEST_F(DeliveryTest, a_batch_goes_to_its_owners_inbox) {
  const std::vector<Block*> blocks = take(store_, class_of(64), 3);
  deliver_all(blocks, 64);
  EXPECT_EQ(set_of(collect(owner_)).size(), 3U);
  EXPECT_EQ(posts.load_relaxed(), 1U);
  EXPECT_FALSE(BareHeap::around(store_).rang());
}

TEST_F(DeliveryTest, an_inbox_that_grows_too_long_rings_once) {
  delivery_limits.inbox_bytes = 200;
  const std::vector<Block*> blocks = take(store_, class_of(64), 8);
  BareHeap& heap = BareHeap::around(store_);
  for (unsigned i = 0; i < 3; ++i) deliver_all({blocks[i]}, 64);
  EXPECT_FALSE(heap.rang());
  deliver_all({blocks[3]}, 64);
  EXPECT_TRUE(heap.rang());
  deliver_all({blocks[4]}, 64);
  EXPECT_FALSE(heap.rang()) << "once is enough";
  collect(owner_);
  for (unsigned i = 5; i < 8; ++i) deliver_all({blocks[i]}, 100);
  EXPECT_TRUE(heap.rang()) << "after a collect, again";
}

TEST_F(DeliveryTest, a_stranger_drains_the_inbox_of_an_owner_who_does_not_come) {
  delivery_limits.inbox_bytes = 64;
  const std::vector<Block*> blocks = take(store_, class_of(64), 200);
  page::Page& page = page_of(blocks[0]);
  for (std::size_t i = 0; i < 199; ++i) deliver_all({blocks[i]}, 64);
  EXPECT_LT(page.used, 100U);
  EXPECT_EQ(store_.check_invariants(), 0U);
  EXPECT_EQ(page.used, 1U + set_of(collect(owner_)).size());
}

TEST_F(DeliveryTest, a_stranger_leaves_the_inbox_alone_while_the_owner_is_at_work) {
  delivery_limits.inbox_bytes = 64;
  const std::vector<Block*> blocks = take(store_, class_of(64), 200);
  store_.lock().lock();
  std::thread stranger([&] {
    for (Block* const block : blocks) deliver_all({block}, 64);
  });
  stranger.join();
  store_.lock().unlock();
  EXPECT_EQ(page_of(blocks[0]).used, 200U);
  EXPECT_EQ(set_of(collect(owner_)).size(), 200U);
}

TEST_F(DeliveryTest, a_stranger_returns_pages_that_emptied) {
  delivery_limits.inbox_bytes = 1;
  policy::RouteSnapshot snapshot;
  snapshot.spare_pages = 0;
  store_.configure(snapshot);
  deliver_all(take(store_, class_of(1024), 64), 1024);
  deliver_all(take(store_, class_of(2048), 1), 2048);
  EXPECT_EQ(store_.page_count(), 0U);
  EXPECT_EQ(region::gauge.used_pages(), 0U);
}

TEST_F(DeliveryTest, a_batch_for_a_closed_inbox_goes_to_whom_the_tags_name_now) {
  PageStore& heir = new_store();
  const region::OwnerKey old_key = store_.key();
  const std::vector<Block*> blocks = take(store_, class_of(64), 3);
  registry.park(store_);
  ASSERT_TRUE(registry.disband_into(heir, later()));
  deliver(old_key, linked(blocks), 192);
  EXPECT_EQ(set_of(collect(owner_of(heir.key()))).size(), 3U);
}

TEST_F(DeliveryTest, a_poster_waits_while_the_heap_is_being_disbanded) {
  PageStore& heir = new_store();
  const std::vector<Block*> blocks = take(store_, class_of(64), 2);
  close(owner_);  // and the tags not rewritten yet
  std::atomic<bool> arrived = false;
  std::thread poster([&] {
    deliver_block(blocks[0]);
    arrived = true;
  });
  os::sleep(20'000'000);
  EXPECT_FALSE(arrived);
  {
    const os::LockGuard guard(store_.lock());
    const os::LockGuard heir_guard(heir.lock());
    store_.bequeath(heir);
  }
  poster.join();
  EXPECT_EQ(collect(owner_of(heir.key())), blocks[0]);
}

TEST_F(DeliveryTest, a_block_without_a_page_is_reported) {
  const std::vector<Block*> blocks = take(store_, class_of(40 * kib), 1);
  put(store_, blocks[0]);
  deliver_block(blocks[0]);
  EXPECT_EQ(error_count.load_relaxed(), 1U);
  alignas(16) std::byte outside[16];
  deliver_block(reinterpret_cast<Block*>(outside));
  EXPECT_EQ(error_count.load_relaxed(), 2U);
}

// A block that is posted twice points to itself, or closes a circle.
TEST_F(DeliveryTest, blocks_posted_twice_do_not_keep_anybody_for_ever) {
  for (const unsigned second_post : {0U, 2U, 3U}) {
    SCOPED_TRACE(second_post);
    PageStore& store = new_store();
    Owner& owner = owner_of(store.key());
    const std::vector<Block*> blocks = take(store, class_of(4096), 8);
    for (unsigned i = 0; i < 4; ++i) ASSERT_TRUE(post(owner, blocks[i], blocks[i], 4096));
    ASSERT_TRUE(post(owner, blocks[second_post], blocks[second_post], 4096));
    BlockList foreign;
    {
      const os::LockGuard guard(store.lock());
      store.put_inbox_with_lock_held(collect(owner), foreign);
    }
    store.return_empties();
    // The page is put right when it would be empty.
    for (Block* const block : blocks) put(store, block);
    EXPECT_EQ(store.page_count(), 0U);
    EXPECT_EQ(store.check_invariants(), 0U);
    EXPECT_GT(error_count.load_relaxed(), 0U);
    registry.park(store);
  }
}

TEST_F(DeliveryTest, each_block_is_in_one_place_whoever_posts_and_collects) {
  const std::vector<Block*> blocks = take(store_, class_of(64), 800);
  std::vector<std::atomic<unsigned>> seen(blocks.size());
  std::map<Block*, std::size_t> index;
  for (std::size_t i = 0; i < blocks.size(); ++i) index[blocks[i]] = i;
  std::atomic<unsigned> done = 0;
  std::vector<std::thread> posters;
  for (unsigned poster = 0; poster < 4; ++poster) {
    posters.emplace_back([&, poster] {
      for (std::size_t i = poster * 200; i < (poster + 1) * 200; i += 4) {
        const BlockList list = linked({blocks[i], blocks[i + 1], blocks[i + 2], blocks[i + 3]});
        EXPECT_TRUE(post(owner_, list.first, list.last, 256));
        if (i % 32 == 0) std::this_thread::yield();
      }
      ++done;
    });
  }
  std::vector<std::thread> collectors;
  for (unsigned i = 0; i < 2; ++i) {
    collectors.emplace_back([&] {
      for (bool last = false; !last;) {
        last = done == 4;
        for (Block* block = collect(owner_); block != nullptr; block = block->next) {
          ++seen[index.at(block)];
        }
      }
    });
  }
  for (std::thread& thread : posters) thread.join();
  for (std::thread& thread : collectors) thread.join();
  for (const auto& count : seen) EXPECT_EQ(count, 1U);
}

}  // namespace
}  // namespace hakmem::heap
