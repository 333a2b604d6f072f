// outbox_test.cc: blocks gathered by destination.
#include "heap/outbox.h"

#include "unit/heap/fresh_heaps.h"

namespace hakmem::heap {
namespace {

class OutboxTest : public BareHeaps {
 protected:
  static std::size_t length_of(page::Block* list) {
    std::size_t length = 0;
    for (; list != nullptr; list = list->next) ++length;
    return length;
  }

  Outbox outbox_;
};

TEST_F(OutboxTest, holds_blocks_until_it_is_flushed) {
  PageStore& store = new_store();
  for (page::Block* const block : take(store, page::class_of(64), 5)) {
    outbox_.send(store.key(), block, 64);
  }
  EXPECT_EQ(outbox_.held().blocks, 5U);
  EXPECT_EQ(outbox_.held().bytes, 5 * 64U);
  EXPECT_EQ(collect(owner_of(store.key())), nullptr);
  EXPECT_EQ(posts.load_relaxed(), 0U);
  outbox_.flush();
  EXPECT_EQ(outbox_.held().blocks, 0U);
  EXPECT_EQ(posts.load_relaxed(), 1U);
  EXPECT_EQ(owner_of(store.key()).inbox_bytes.load_relaxed(), 5 * 64U);
  EXPECT_EQ(length_of(collect(owner_of(store.key()))), 5U);
  outbox_.flush();
  EXPECT_EQ(posts.load_relaxed(), 1U) << "nothing to post";
}

TEST_F(OutboxTest, posts_what_is_enough_by_itself) {
  PageStore& store = new_store();
  delivery_limits.entry_bytes = 4 * 128;
  const std::vector<page::Block*> blocks = take(store, page::class_of(128), 10);
  for (page::Block* const block : blocks) outbox_.send(store.key(), block, 128);
  EXPECT_EQ(posts.load_relaxed(), 2U);
  EXPECT_EQ(outbox_.held().blocks, 2U);
  EXPECT_EQ(length_of(collect(owner_of(store.key()))), 8U);
}

TEST_F(OutboxTest, hints_at_blocks_further_behind_across_batches) {
  PageStore& store = new_store();
  delivery_limits.entry_bytes = 6 * 64;
  const std::vector<page::Block*> blocks = take(store, page::class_of(64), 24);
  for (page::Block* const block : blocks) outbox_.send(store.key(), block, 64);
  ASSERT_EQ(posts.load_relaxed(), 4U);
  std::vector<page::Block*> collected;
  for (page::Block* block = collect(owner_of(store.key())); block != nullptr;
       block = next_collected(*block)) {
    collected.push_back(block);
  }
  ASSERT_EQ(collected.size(), 24U);
  for (unsigned i = 0; i + hint_distance < collected.size(); ++i) {
    EXPECT_EQ(hint_of(*collected[i]), collected[i + hint_distance]) << i;
  }
}

TEST_F(OutboxTest, keeps_destinations_apart) {
  PageStore& one = new_store();
  PageStore& two = new_store();
  const auto id = page::class_of(64);
  const std::vector<page::Block*> of_one = take(one, id, 6);
  const std::vector<page::Block*> of_two = take(two, id, 6);
  for (unsigned i = 0; i < 6; ++i) {
    outbox_.send(one.key(), of_one[i], 64);
    outbox_.send(two.key(), of_two[i], 64);
  }
  EXPECT_EQ(posts.load_relaxed(), 0U);
  outbox_.flush();
  for (PageStore* const store : {&one, &two}) {
    page::Block* block = collect(owner_of(store->key()));
    EXPECT_EQ(length_of(block), 6U);
    for (; block != nullptr; block = block->next) {
      EXPECT_EQ(tag_of(block).owner.load_relaxed(), region::number(store->key()));
    }
  }
}

TEST_F(OutboxTest, another_owner_in_the_same_place_sends_the_first_ones_blocks_off) {
  if constexpr (build::owner_keys != 0 && build::owner_keys < 16) return;  // two never meet
  PageStore& first = new_store();
  PageStore* same_place = nullptr;
  while (same_place == nullptr) {
    PageStore& next = new_store();
    const unsigned apart = region::number(next.key()) - region::number(first.key());
    if (apart % 8 == 0) same_place = &next;
  }
  outbox_.send(first.key(), take(first, 1, 1)[0], 16);
  outbox_.send(same_place->key(), take(*same_place, 1, 1)[0], 16);
  EXPECT_EQ(length_of(collect(owner_of(first.key()))), 1U);
  EXPECT_EQ(outbox_.held().blocks, 1U);
  outbox_.flush();
  page::Block* const other = collect(owner_of(same_place->key()));
  EXPECT_EQ(length_of(other), 1U);
  EXPECT_EQ(hint_of(*other), nullptr) << "hints at what went to the first";
}

TEST_F(OutboxTest, abandoned_posts_nothing) {
  PageStore& store = new_store();
  outbox_.send(store.key(), take(store, 1, 1)[0], 16);
  outbox_.abandon();
  outbox_.flush();
  EXPECT_EQ(outbox_.held().bytes, 0U);
  EXPECT_EQ(posts.load_relaxed(), 0U);
}

}  // namespace
}  // namespace hakmem::heap
