// registry_test.cc: all heaps and keys: adopt, park, disband, and when they run out.
#include "heap/registry.h"

#include <algorithm>

#include "heap/bin.h"
#include "os/environment.h"
#include "unit/heap/fresh_heaps.h"

namespace hakmem::heap {
namespace {

namespace fake_os = test::fake_os;
using os::Site;
using page::Block;
using page::class_of;

constexpr std::size_t heap_bytes = align_up(sizeof(BareHeap), os::os_page_bytes);

class RegistryTest : public BareHeaps {};

class ReserveTest : public testing::Test {
 protected:
  ReserveTest() { forget_heaps(); }
  ~ReserveTest() override { forget_heaps(); }
};

TEST_F(ReserveTest, makes_do_with_fewer_heaps_when_address_space_is_short) {
  fake_os::refuse_reservations_beyond(16 * heap_bytes);
  ASSERT_TRUE(registry.reserve({sizeof(BareHeap), BareHeap::construct}));
  unsigned heaps = 0;
  while (registry.adopt() != nullptr) ++heaps;
  EXPECT_EQ(heaps, 14U);  // 60,000 halved until sixteen are enough
  EXPECT_EQ(registry.live_count(), 14U);
}

TEST_F(ReserveTest, leaves_nothing_behind_when_it_is_refused) {
  for (const Site site : {Site::owner_reserve, Site::heap_reserve}) {
    fake_os::refuse(site);
    EXPECT_FALSE(registry.reserve({sizeof(BareHeap), BareHeap::construct}));
    EXPECT_EQ(fake_os::mappings(), 0U);
    fake_os::allow_everything();
  }
  EXPECT_TRUE(registry.reserve({sizeof(BareHeap), BareHeap::construct}));
}

TEST_F(RegistryTest, makes_heaps_as_they_are_needed) {
  PageStore* const first = registry.adopt();
  PageStore* const second_store = registry.adopt();
  ASSERT_NE(first, nullptr);
  EXPECT_NE(first, second_store);
  EXPECT_EQ(first->state, PageStore::State::live);
  EXPECT_EQ(first->key(), region::OwnerKey::none);
  EXPECT_EQ(registry.live_count(), 2U);
  EXPECT_GE(registry.metadata_bytes(), 2 * sizeof(BareHeap));
}

TEST_F(RegistryTest, without_memory_makes_none_and_later_one) {
  fake_os::refuse(Site::heap_commit);
  EXPECT_EQ(registry.adopt(), nullptr);
  EXPECT_EQ(registry.live_count(), 0U);
  fake_os::allow_everything();
  EXPECT_NE(registry.adopt(), nullptr);
}

TEST_F(RegistryTest, a_heap_without_pages_becomes_blank_and_is_adopted_again) {
  PageStore* const store = registry.adopt();
  registry.park(*store);
  EXPECT_EQ(store->state, PageStore::State::blank);
  EXPECT_FALSE(registry.anyone_parked());
  EXPECT_EQ(registry.adopt(), store);
}

TEST_F(RegistryTest, the_heap_parked_last_is_adopted_whole) {
  PageStore& one = new_store();
  PageStore& two = new_store();
  const region::OwnerKey key = two.key();
  Block* const block = take(two, class_of(64), 1)[0];
  registry.park(one);
  registry.park(two);
  EXPECT_EQ(registry.parked_count(), 2U);
  EXPECT_EQ(two.state, PageStore::State::parked);
  EXPECT_TRUE(post(owner_of(key), block, block, 64)) << "posts still arrive";
  EXPECT_EQ(registry.adopt(), &two);
  EXPECT_EQ(two.key(), key);
  EXPECT_EQ(two.page_count(), 1U);
  EXPECT_EQ(collect(owner_of(key)), block);
  EXPECT_EQ(registry.adopt(), &one);
  EXPECT_EQ(registry.parked_count(), 0U);
}

TEST_F(RegistryTest, keys_are_distinct_and_never_those_of_nobody) {
  std::vector<std::uint16_t> keys;
  const unsigned wanted = build::owner_keys != 0 ? build::owner_keys - 1 : 200;
  for (unsigned i = 0; i < wanted; ++i) {
    PageStore& store = new_store();
    keys.push_back(region::number(store.key()));
    EXPECT_NE(store.key(), region::OwnerKey::none);
    EXPECT_EQ(owner_of(store.key()).store.load_relaxed(), &store);
  }
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
}

TEST_F(RegistryTest, no_key_without_memory_for_it) {
  PageStore* const store = registry.adopt();
  fake_os::refuse(Site::owner_commit);
  EXPECT_FALSE(registry.assign_key(*store));
  EXPECT_EQ(store->key(), region::OwnerKey::none);
  fake_os::allow_everything();
  EXPECT_TRUE(registry.assign_key(*store));
}

TEST_F(RegistryTest, disbands_the_heap_parked_longest_after_a_while) {
  PageStore& old = new_store();
  PageStore& young = new_store();
  PageStore& heir = new_store();
  const std::vector<Block*> blocks = take(old, class_of(64), 3);
  take(young, class_of(64), 1);
  registry.park(old);
  registry.park(young);
  EXPECT_FALSE(registry.disband_into(heir, os::coarse_time())) << "not yet";
  const region::OwnerKey key = old.key();
  EXPECT_TRUE(registry.disband_into(heir, later()));
  EXPECT_EQ(old.state, PageStore::State::blank);
  EXPECT_EQ(old.key(), region::OwnerKey::none);
  EXPECT_EQ(old.page_count(), 0U);
  EXPECT_EQ(young.state, PageStore::State::parked);
  EXPECT_EQ(registry.parked_count(), 1U);
  EXPECT_EQ(heir.page_count(), 1U);
  for (const Block* const block : blocks) {
    EXPECT_EQ(tag_of(block).owner.load_relaxed(), region::number(heir.key()));
  }
  EXPECT_EQ(owner_of(key).inbox.load_relaxed(), closed_inbox());
  EXPECT_EQ(heir.check_invariants(), 0U);
}

TEST_F(RegistryTest, disbanding_drains_the_inbox_and_forwards_what_is_not_its_own) {
  PageStore& old = new_store();
  PageStore& third = new_store();
  PageStore& heir = new_store();
  const std::vector<Block*> own = take(old, class_of(64), 2);
  Block* const foreign = take(third, class_of(64), 1)[0];
  registry.park(old);
  ASSERT_TRUE(post(owner_of(old.key()), own[0], own[0], 64));
  ASSERT_TRUE(post(owner_of(old.key()), foreign, foreign, 64));
  ASSERT_TRUE(registry.disband_into(heir, later()));
  EXPECT_EQ(page_of(own[1]).used, 1U) << "one block came home on the way";
  EXPECT_EQ(collect(owner_of(third.key())), foreign);
  EXPECT_EQ(error_count.load_relaxed(), 0U);
}

TEST_F(RegistryTest, pages_that_empty_while_it_disbands_go_back) {
  PageStore& old = new_store();
  PageStore& heir = new_store();
  const std::vector<Block*> blocks = take(old, class_of(40 * kib), 1);
  registry.park(old);
  ASSERT_TRUE(post(owner_of(old.key()), blocks[0], blocks[0], 40 * kib));
  ASSERT_TRUE(registry.disband_into(heir, later()));
  EXPECT_EQ(heir.page_count(), 0U);
  EXPECT_EQ(region::gauge.used_pages(), 0U);
}

TEST_F(RegistryTest, disbands_nothing_when_nobody_is_parked) {
  EXPECT_FALSE(registry.disband_into(new_store(), later()));
}

TEST_F(RegistryTest, visits_every_heap_there_ever_was) {
  PageStore& one = new_store();
  PageStore& two = new_store();
  registry.park(one);
  PageStore* const shared = registry.adopt_shared();
  std::vector<PageStore*> seen;
  registry.visit([&](PageStore& store) { seen.push_back(&store); });
  EXPECT_EQ(seen, (std::vector<PageStore*>{shared, &two, &one}));
}

TEST_F(RegistryTest, the_shared_heap_is_nobodys_and_has_a_key_of_its_own) {
  PageStore* const shared = registry.adopt_shared();
  ASSERT_NE(shared, nullptr);
  EXPECT_EQ(shared->state, PageStore::State::shared);
  EXPECT_NE(shared->key(), region::OwnerKey::none);
  EXPECT_EQ(registry.live_count(), 0U);
  EXPECT_NE(new_store().key(), shared->key());
}

TEST_F(RegistryTest, in_a_fork_child_all_other_heaps_are_parked) {
  PageStore& mine = new_store();
  PageStore& other = new_store();
  PageStore* const blank = registry.adopt();
  registry.forget_other_threads(&mine);
  EXPECT_EQ(mine.state, PageStore::State::live);
  EXPECT_EQ(other.state, PageStore::State::parked);
  EXPECT_EQ(blank->state, PageStore::State::blank);
  EXPECT_EQ(registry.live_count(), 1U);
  EXPECT_EQ(registry.parked_count(), 1U);
}

// Fourteen heaps, and so at most as many keys.
class FewKeys : public testing::Test {
 protected:
  FewKeys() {
    forget_heaps();
    EXPECT_TRUE(region::open_arena(64 * mib));
    fake_os::refuse_reservations_beyond(16 * heap_bytes);
    EXPECT_TRUE(registry.reserve({sizeof(BareHeap), BareHeap::construct}));
    fake_os::allow_everything();
    while (PageStore* const store = registry.adopt()) {
      store->configure({});
      if (!registry.assign_key(*store)) {
        keyless_ = store;
        break;
      }
      with_key_.push_back(store);
    }
  }
  ~FewKeys() override { forget_heaps(); }

  static Block* block_of(PageStore& store) {
    EXPECT_TRUE(store.open_page(class_of(64)));
    return store.take(class_of(64), 1).first;
  }

  std::vector<PageStore*> with_key_;
  PageStore* keyless_ = nullptr;
};

TEST_F(FewKeys, end_and_leave_one_aside_for_the_shared_heap) {
  ASSERT_NE(keyless_, nullptr);
  EXPECT_EQ(with_key_.size(), (build::owner_keys != 0 ? build::owner_keys : 14U) - 1);
  for (const PageStore* const store : with_key_) EXPECT_GT(region::number(store->key()), 1U);
}

TEST_F(FewKeys, a_parked_heap_gives_up_its_key_with_its_pages) {
  PageStore& parked = *with_key_[1];
  const region::OwnerKey key = parked.key();
  Block* const block = block_of(parked);
  registry.park(parked);
  ASSERT_TRUE(registry.assign_key(*keyless_));
  EXPECT_EQ(keyless_->key(), key);
  EXPECT_EQ(keyless_->page_count(), 1U);
  EXPECT_EQ(owner_of(key).store.load_relaxed(), keyless_);
  EXPECT_EQ(region::page_at(block).tag().owner.load_relaxed(), region::number(key));
  EXPECT_EQ(parked.state, PageStore::State::blank);
  EXPECT_EQ(parked.key(), region::OwnerKey::none);
  EXPECT_EQ(keyless_->check_invariants(), 0U);
  EXPECT_TRUE(post(owner_of(key), block, block, 64));
  EXPECT_EQ(registry.adopt(), &parked);
}

TEST_F(FewKeys, closed_keys_are_given_out_again_oldest_first_with_an_open_inbox) {
  ASSERT_GE(with_key_.size(), 3U);
  PageStore& heir = *with_key_[0];
  const region::OwnerKey first = with_key_[1]->key();
  const region::OwnerKey second_key = with_key_[2]->key();
  registry.park(*with_key_[1]);
  ASSERT_TRUE(registry.disband_into(heir, later()));
  registry.park(*with_key_[2]);
  ASSERT_TRUE(registry.disband_into(heir, later()));
  Block* const block = block_of(heir);
  EXPECT_FALSE(post(owner_of(first), block, block, 64));
  ASSERT_TRUE(registry.assign_key(*keyless_));
  EXPECT_EQ(keyless_->key(), first);
  EXPECT_TRUE(post(owner_of(first), block, block, 64));
  PageStore* const next = registry.adopt();
  ASSERT_TRUE(registry.assign_key(*next));
  EXPECT_EQ(next->key(), second_key);
  PageStore* const last = registry.adopt();
  EXPECT_FALSE(last != nullptr && registry.assign_key(*last));
}

}  // namespace
}  // namespace hakmem::heap
