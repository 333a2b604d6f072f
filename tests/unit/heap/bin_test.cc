// bin_test.cc: where bins lie, and batches in a depot.
#include "heap/bin.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace hakmem::heap {
namespace {

TEST(Bin, offsets_and_classes_belong_to_each_other) {
  BinRow row{};
  for (unsigned id = 0; id < page::class_count; ++id) {
    const region::Route offset = bin_offset(static_cast<page::ClassId>(id));
    EXPECT_EQ(class_of_offset(offset), id);
    EXPECT_EQ(&row.at(offset), &row.bins[id]);
    EXPECT_EQ(region::kind_of(offset), 0U);
    for (const region::Route kind : {region::home_route, region::core_route}) {
      EXPECT_EQ(region::offset_of(offset | kind), offset);
      EXPECT_GT(offset | kind, all_bins_bytes) << "free would push it on a bin";
    }
  }
}

TEST(Bin, no_route_leads_to_the_guard) {
  BinRow row{};
  EXPECT_EQ(static_cast<void*>(&row.at(region::no_route)), static_cast<void*>(&row.guard));
  EXPECT_EQ(row.guard.room, 0);
}

TEST(Bin, a_small_size_is_rounded_to_its_bin) {
  for (std::size_t bytes = 0; bytes <= page::max_linear_bytes; ++bytes) {
    ASSERT_EQ(bin_offset_of_linear(bytes), bin_offset(page::class_of(bytes))) << bytes;
  }
}

TEST(Bin, knows_its_length) {
  const Bin bin{.head = nullptr, .room = 3, .capacity = 10};
  EXPECT_EQ(bin.length(), 7U);
}

struct alignas(16) Storage {
  std::byte bytes[16];
};

class DepotTest : public testing::Test {
 protected:
  page::Block* block(std::size_t index) { return reinterpret_cast<page::Block*>(&storage_[index]); }

  Depot depot_;

 private:
  std::unique_ptr<Storage[]> storage_ = std::make_unique<Storage[]>(64);
};

TEST_F(DepotTest, gives_batches_back_last_first_with_their_counts) {
  EXPECT_TRUE(depot_.empty());
  const std::vector<std::uint32_t> counts = {1, 2, 64, 4096, Batch::max_count};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    block(i)->next = block(i + 20);
    depot_.push({block(i), counts[i]});
  }
  for (std::size_t i = counts.size(); i-- > 0;) {
    EXPECT_FALSE(depot_.empty());
    const Batch batch = depot_.pop();
    EXPECT_EQ(batch.first(), block(i));
    EXPECT_EQ(batch.count(), counts[i]);
    EXPECT_EQ(block(i)->next, block(i + 20)) << "the batch's own links stand";
  }
  EXPECT_TRUE(depot_.empty());
}

TEST_F(DepotTest, holds_addresses_up_to_the_last_of_the_user) {
  // A block at the upper end of the address space is the link of the one pushed next.
  Storage low{};
  depot_.push({block(0), 7});
  depot_.push({reinterpret_cast<page::Block*>(&low), 65535});
  EXPECT_EQ(depot_.pop().count(), 65535U);
  EXPECT_EQ(depot_.pop().first(), block(0));
}

TEST_F(DepotTest, abandoned_is_empty) {
  depot_.push({block(0), 1});
  depot_.abandon();
  EXPECT_TRUE(depot_.empty());
}

}  // namespace
}  // namespace hakmem::heap
