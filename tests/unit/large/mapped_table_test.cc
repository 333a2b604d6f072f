// mapped_table_test.cc: the table of mapped blocks: growth, tombstones, and what is not in it.
#include "large/mapped_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>
#include <vector>

#include "base/bits.h"
#include "unit/fake_os/fake_os.h"

namespace hakmem::large {
namespace {

namespace fake_os = test::fake_os;

const void* block_at(std::uintptr_t number) {
  return reinterpret_cast<const void*>(0x7000'0000'0000 + number * os::os_page_bytes);
}

class MappedTableTest : public testing::Test {
 protected:
  MappedTableTest() { fake_os::reset(); }
  ~MappedTableTest() override { fake_os::reset(); }

  std::size_t mappings_before_ = fake_os::mappings();
  MappedTable table_;
};

TEST_F(MappedTableTest, is_empty_without_memory) {
  EXPECT_EQ(table_.find(block_at(1)), 0U);
  EXPECT_EQ(table_.remove(block_at(1)), 0U);
  EXPECT_EQ(fake_os::mappings(), mappings_before_);
}

TEST_F(MappedTableTest, remembers_and_forgets) {
  EXPECT_TRUE(table_.insert(block_at(1), 4096));
  EXPECT_TRUE(table_.insert(block_at(2), 8192));
  EXPECT_EQ(table_.find(block_at(1)), 4096U);
  EXPECT_EQ(table_.find(block_at(2)), 8192U);
  EXPECT_EQ(table_.find(block_at(3)), 0U);
  EXPECT_EQ(table_.remove(block_at(1)), 4096U);
  EXPECT_EQ(table_.remove(block_at(1)), 0U);
  EXPECT_EQ(table_.find(block_at(1)), 0U);
  EXPECT_EQ(table_.find(block_at(2)), 8192U);
}

TEST_F(MappedTableTest, grows_and_gives_the_old_table_back) {
  for (std::uintptr_t i = 0; i < 20'000; ++i) ASSERT_TRUE(table_.insert(block_at(i * 17), i + 1));
  for (std::uintptr_t i = 0; i < 20'000; ++i) ASSERT_EQ(table_.find(block_at(i * 17)), i + 1);
  EXPECT_EQ(fake_os::mappings(), mappings_before_ + 1);
}

TEST_F(MappedTableTest, does_not_grow_for_what_was_forgotten) {
  for (std::uintptr_t i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(table_.insert(block_at(i), 4096));
    ASSERT_EQ(table_.remove(block_at(i)), 4096U);
  }
  for (const test::Call& call : fake_os::calls_of(test::Request::map)) {
    EXPECT_EQ(call.bytes, os::os_page_bytes);
  }
}

TEST_F(MappedTableTest, refuses_a_block_when_it_cannot_grow_and_stands) {
  std::uintptr_t count = 0;
  ASSERT_TRUE(table_.insert(block_at(count++), 4096));
  fake_os::refuse(os::Site::large_map);
  while (table_.insert(block_at(count), 4096)) ++count;
  EXPECT_GE(count, 128U);
  for (std::uintptr_t i = 0; i < count; ++i) ASSERT_EQ(table_.find(block_at(i)), 4096U);
  EXPECT_EQ(table_.find(block_at(count)), 0U);
  fake_os::allow_everything();
  EXPECT_TRUE(table_.insert(block_at(count), 4096));
  EXPECT_EQ(table_.find(block_at(count)), 4096U);
}

// No block lies there, but a program may free anything.
TEST_F(MappedTableTest, does_not_take_its_own_marks_for_addresses) {
  for (std::uintptr_t i = 0; i < 128; ++i) ASSERT_TRUE(table_.insert(block_at(i), 4096));
  for (std::uintptr_t i = 0; i < 128; ++i) ASSERT_EQ(table_.remove(block_at(i)), 4096U);
  for (std::uintptr_t address = 0; address < 16; ++address) {
    const auto* const pointer = reinterpret_cast<const void*>(address);
    EXPECT_EQ(table_.find(pointer), 0U) << address;
    EXPECT_EQ(table_.remove(pointer), 0U) << address;
  }
}

TEST_F(MappedTableTest, agrees_with_a_map_whatever_comes) {
  std::map<std::uintptr_t, std::size_t> model;
  std::mt19937 random(11);
  for (unsigned step = 0; step < 100'000; ++step) {
    const std::uintptr_t number = random() % 700;
    const void* const block = block_at(number * 512);
    const auto known = model.find(number);
    const std::size_t bytes = known == model.end() ? 0 : known->second;
    switch (random() % 3) {
      case 0:
        if (known != model.end()) break;
        ASSERT_TRUE(table_.insert(block, 4096 * (number + step)));
        if (number + step != 0) model[number] = 4096 * (number + step);
        break;
      case 1:
        ASSERT_EQ(table_.remove(block), bytes);
        model.erase(number);
        break;
      default:
        ASSERT_EQ(table_.find(block), bytes);
        break;
    }
  }
}

TEST_F(MappedTableTest, serves_threads_at_once) {
  std::vector<std::thread> threads;
  for (std::uintptr_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      for (std::uintptr_t i = 0; i < 5'000; ++i) {
        const void* const block = block_at(i * 4 + thread);
        EXPECT_TRUE(table_.insert(block, i + 1));
        EXPECT_EQ(table_.find(block), i + 1);
        if (i % 2 == 0) {
          EXPECT_EQ(table_.remove(block), i + 1);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::uintptr_t i = 0; i < 20'000; ++i) {
    EXPECT_EQ(table_.find(block_at(i)), i / 4 % 2 == 0 ? 0 : i / 4 + 1);
  }
}

}  // namespace
}  // namespace hakmem::large
