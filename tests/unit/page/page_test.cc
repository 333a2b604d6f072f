// page_test.cc: carving, taking, putting back and sweeping, for every class, against a model.
#include "page/page.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "unit/region/fresh_region.h"

namespace hakmem::page {
namespace {

using os::Site;
using test::Request;
namespace fake_os = test::fake_os;

bool is_carved(const Page& page, const void* block) {
  const std::size_t offset = address_of(block) - address_of(page.start);
  return (page.uncarved >> (offset >> page.size_class().granule_shift) & 1) == 0;
}

class PageTest : public region::FreshRegion {
 protected:
  PageTest() {
    EXPECT_TRUE(arena_.reserve(4 * mib));
    EXPECT_TRUE(arena_.grow(1));
  }

  Page& set_up_page(ClassId id) { return set_up({&arena_, 0}, id); }

  static std::vector<Block*> take(Page& page, std::uint32_t wanted) {
    BlockList list;
    take_blocks(page, wanted, list);
    std::vector<Block*> blocks;
    for (Block* block = list.first; block != nullptr; block = block->next) blocks.push_back(block);
    EXPECT_EQ(blocks.size(), list.count);
    EXPECT_EQ(list.last, blocks.empty() ? nullptr : blocks.back());
    return blocks;
  }
  static std::byte* block_at(const Page& page, std::uint32_t index) {
    return page.start + std::size_t{index} * page.size_class().block_bytes;
  }
  std::size_t resident(const Page& page) {
    return fake_os::resident_bytes(page.start, page.size_class().run_pages * region::page_bytes);
  }

  region::Arena arena_;
};

TEST_F(PageTest, is_set_up_with_nothing_carved_and_no_memory_touched) {
  for (unsigned id = 0; id < class_count; ++id) {
    const Page& page = set_up_page(static_cast<ClassId>(id));
    EXPECT_TRUE(check_invariants(page)) << id;
    EXPECT_EQ(page.used, 0U);
    EXPECT_EQ(page.free, 0U);
    EXPECT_FALSE(page.exhausted());
    EXPECT_EQ(page.ref().index, 0U);
    EXPECT_FALSE(is_carved(page, page.start));
    EXPECT_EQ(resident(page), 0U);
  }
}

TEST_F(PageTest, is_found_from_each_page_of_its_run) {
  for (unsigned id = 0; id < class_count; ++id) {
    Page& page = set_up_page(static_cast<ClassId>(id));
    for (unsigned i = 0; i < page.size_class().run_pages; ++i) {
      EXPECT_EQ(&page_of({&arena_, i}), &page);
    }
  }
}

TEST_F(PageTest, gives_each_block_once_until_it_is_exhausted) {
  for (unsigned id = 0; id < class_count; ++id) {
    Page& page = set_up_page(static_cast<ClassId>(id));
    const SizeClass& size_class = page.size_class();
    std::set<Block*> seen;
    while (!page.exhausted()) {
      for (Block* const block : take(page, 7)) {
        EXPECT_TRUE(seen.insert(block).second);
        EXPECT_TRUE(is_block_start(page, block));
        EXPECT_EQ((address_of(block) - address_of(page.start)) % size_class.block_bytes, 0U);
      }
      EXPECT_EQ(page.used, seen.size());
      ASSERT_TRUE(check_invariants(page)) << id;
    }
    EXPECT_EQ(seen.size(), size_class.capacity);
    EXPECT_TRUE(take(page, 1).empty());
  }
}

TEST_F(PageTest, carves_no_more_memory_than_the_wanted_blocks_need) {
  Page& page = set_up_page(class_of(16));
  take(page, 1);
  EXPECT_EQ(resident(page), os::os_page_bytes);
  take(page, 255);
  EXPECT_EQ(resident(page), os::os_page_bytes);
  take(page, 1);
  EXPECT_EQ(resident(page), 2 * os::os_page_bytes);
}

TEST_F(PageTest, hands_on_to_the_end_of_a_list_that_has_blocks_already) {
  Page& page = set_up_page(class_of(64));
  BlockList list;
  take_blocks(page, 3, list);
  Block* const first = list.first;
  take_blocks(page, 4, list);
  EXPECT_EQ(list.first, first);
  EXPECT_EQ(list.count, 7U);
  std::size_t length = 0;
  for (const Block* block = list.first; block != nullptr; block = block->next) ++length;
  EXPECT_EQ(length, 7U);
}

TEST_F(PageTest, knows_where_blocks_start) {
  for (unsigned id = 0; id < class_count; ++id) {
    Page& page = set_up_page(static_cast<ClassId>(id));
    take(page, page.size_class().capacity);
    for (std::uint32_t i = 0; i < page.size_class().capacity; ++i) {
      ASSERT_TRUE(is_block_start(page, block_at(page, i)));
      ASSERT_FALSE(is_block_start(page, block_at(page, i) + 1));
      if (page.size_class().block_bytes > 16) {
        ASSERT_FALSE(is_block_start(page, block_at(page, i) + 16));
      }
    }
    const std::size_t run = page.size_class().run_pages * region::page_bytes;
    const std::uint32_t capacity = page.size_class().capacity;
    if (std::size_t{capacity} * page.size_class().block_bytes < run) {
      EXPECT_FALSE(is_block_start(page, block_at(page, capacity))) << "the rest of the run";
    }
  }
}

TEST_F(PageTest, the_lowest_free_blocks_are_taken_first) {
  Page& page = set_up_page(class_of(100));
  const std::vector<Block*> blocks = take(page, 100);
  for (const unsigned i : {97U, 2U, 70U, 4U}) put_block(page, blocks[i]);
  EXPECT_EQ(page.used, 96U);
  EXPECT_EQ(take(page, 3), (std::vector<Block*>{blocks[2], blocks[4], blocks[70]}));
  put_block(page, blocks[0]);
  EXPECT_EQ(take(page, 2), (std::vector<Block*>{blocks[0], blocks[97]}));
}

TEST_F(PageTest, refuses_a_block_that_comes_back_twice) {
  for (unsigned id = 0; id < class_count; ++id) {
    Page& page = set_up_page(static_cast<ClassId>(id));
    const std::vector<Block*> blocks = take(page, page.size_class().capacity);
    EXPECT_TRUE(put_block(page, blocks[0])) << id;
    EXPECT_FALSE(put_block(page, blocks[0])) << id;
    EXPECT_EQ(page.used, page.size_class().capacity - 1) << id;
    EXPECT_EQ(page.free, 1U) << id;
    EXPECT_TRUE(check_invariants(page)) << id;
  }
}

TEST_F(PageTest, refuses_what_is_no_block) {
  Page& page = set_up_page(class_of(48));
  const std::vector<Block*> blocks = take(page, 3);
  EXPECT_FALSE(put_block(page, reinterpret_cast<Block*>(page.start + 16))) << "inside a block";
  EXPECT_FALSE(put_block(page, reinterpret_cast<Block*>(page.start + 48 * 1365))) << "the rest";
  EXPECT_FALSE(put_block(page, reinterpret_cast<Block*>(page.start + 48 * 1000))) << "not carved";
  EXPECT_EQ(page.used, 3U);
  EXPECT_TRUE(check_invariants(page));
}

TEST_F(PageTest, what_is_written_to_free_blocks_does_no_harm) {
  Page& page = set_up_page(class_of(1024));
  const std::vector<Block*> blocks = take(page, 4);
  for (Block* const block : blocks) ASSERT_TRUE(put_block(page, block));
  for (Block* const block : blocks) std::memset(static_cast<void*>(block), 0xEE, 1024);
  EXPECT_TRUE(check_invariants(page));
  EXPECT_EQ(take(page, 4), blocks);
  EXPECT_TRUE(check_invariants(page));
}

TEST_F(PageTest, broken_counts_are_noticed) {
  Page& page = set_up_page(class_of(64));
  const std::vector<Block*> blocks = take(page, 10);
  for (Block* const block : blocks) put_block(page, block);
  ASSERT_TRUE(check_invariants(page));
  ++page.used;
  EXPECT_FALSE(check_invariants(page));
  --page.used;
  ++page.free;
  EXPECT_FALSE(check_invariants(page));
  --page.free;
  page.uncarved |= 1;
  EXPECT_FALSE(check_invariants(page));
  page.uncarved &= ~std::uint64_t{1};
  ++page.first_word;
  EXPECT_FALSE(check_invariants(page));
  --page.first_word;
  EXPECT_TRUE(check_invariants(page));
}

TEST_F(PageTest, a_sweep_gives_back_the_memory_of_free_blocks_and_keeps_the_rest) {
  for (unsigned id = 1; id < class_count; ++id) {
    Page& page = set_up_page(static_cast<ClassId>(id));
    const std::vector<Block*> blocks = take(page, page.size_class().capacity);
    for (Block* const block : blocks) {
      std::memset(static_cast<void*>(block), 0x77, page.size_class().block_bytes);
    }
    const std::size_t before = resident(page);
    Block* const live = blocks[blocks.size() / 2];
    for (Block* const block : blocks) {
      if (block != live) put_block(page, block);
    }
    const std::size_t swept = sweep(page);
    const std::size_t after = resident(page);
    EXPECT_GE(swept, before - after) << id;
    // What is left: the granules the live block touches, and the two it shares with its neighbours.
    const std::size_t granule = std::size_t{1} << page.size_class().granule_shift;
    EXPECT_LE(after, page.size_class().block_bytes + 4 * granule) << id;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(live);
    for (std::size_t i = 0; i < page.size_class().block_bytes; ++i) ASSERT_EQ(bytes[i], 0x77) << id;
    EXPECT_TRUE(check_invariants(page)) << id;
    EXPECT_EQ(page.used, 1U);
    EXPECT_EQ(take(page, page.size_class().capacity).size(), page.size_class().capacity - 1U);
    EXPECT_TRUE(page.exhausted());
    os::purge(Site::free_page_purge, page.start, page.size_class().run_pages * region::page_bytes);
  }
}

TEST_F(PageTest, a_second_sweep_finds_nothing) {
  for (unsigned id = 1; id < class_count; ++id) {
    Page& page = set_up_page(static_cast<ClassId>(id));
    const std::vector<Block*> blocks = take(page, page.size_class().capacity);
    for (Block* const block : blocks) {
      if (block != blocks.front()) put_block(page, block);
    }
    EXPECT_NE(sweep(page), 0U);
    EXPECT_EQ(sweep(page), 0U) << "class " << id;
  }
}

TEST_F(PageTest, a_swept_block_is_no_block_until_it_is_carved_again) {
  Page& page = set_up_page(class_of(4096));
  const std::vector<Block*> blocks = take(page, 4);
  put_block(page, blocks[1]);
  put_block(page, blocks[2]);
  EXPECT_EQ(sweep(page), 2 * 4096U);
  EXPECT_TRUE(is_carved(page, blocks[0]));
  EXPECT_FALSE(is_carved(page, blocks[1]));
  EXPECT_FALSE(is_carved(page, blocks[2]));
  EXPECT_EQ(page.free, 0U);
  EXPECT_EQ(take(page, 2), (std::vector<Block*>{blocks[1], blocks[2]}));
  EXPECT_TRUE(is_carved(page, blocks[1]));
}

TEST_F(PageTest, a_sweep_makes_one_call_for_neighbouring_granules) {
  Page& page = set_up_page(class_of(64));
  const std::vector<Block*> blocks = take(page, page.size_class().capacity);
  for (Block* const block : blocks) put_block(page, block);
  fake_os::forget_calls();
  EXPECT_EQ(sweep(page), region::page_bytes);
  EXPECT_EQ(fake_os::calls_of(Request::purge).size(), 1U);
}

TEST_F(PageTest, a_sweep_that_is_refused_changes_nothing) {
  Page& page = set_up_page(class_of(48));
  const std::vector<Block*> blocks = take(page, page.size_class().capacity);
  for (Block* const block : blocks) put_block(page, block);
  fake_os::refuse(Site::part_page_purge);
  EXPECT_EQ(sweep(page), 0U);
  EXPECT_TRUE(check_invariants(page));
  EXPECT_EQ(page.free, page.size_class().capacity);
  fake_os::allow_everything();
  EXPECT_EQ(sweep(page), region::page_bytes) << "it is tried again";
  EXPECT_EQ(take(page, page.size_class().capacity).size(), page.size_class().capacity);
}

TEST_F(PageTest, a_sweep_looks_only_where_a_block_came_back) {
  Page& page = set_up_page(class_of(1024));
  const std::vector<Block*> blocks = take(page, page.size_class().capacity);
  EXPECT_FALSE(page.came_back);
  for (unsigned i = 0; i < 4; ++i) put_block(page, blocks[i]);
  EXPECT_TRUE(page.came_back);
  page.came_back = false;
  EXPECT_EQ(sweep(page), 0U) << "it is not looked at";
  page.came_back = true;
  EXPECT_EQ(sweep(page), 4096U);
  EXPECT_FALSE(page.came_back);
  put_block(page, blocks[4]);
  EXPECT_EQ(sweep(page), 0U) << "three blocks of the granule are in use";
  for (unsigned i = 5; i < 8; ++i) put_block(page, blocks[i]);
  EXPECT_EQ(sweep(page), 4096U);
}

// Random steps against a model that knows each block's whereabouts and contents.
class EveryClass : public PageTest, public testing::WithParamInterface<unsigned> {};

TEST_P(EveryClass, agrees_with_a_model_whatever_comes) {
  Page& page = set_up_page(static_cast<ClassId>(GetParam()));
  const SizeClass& size_class = page.size_class();
  std::mt19937 random(GetParam());
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
  std::vector<std::pair<Block*, unsigned char>> out;
  const auto intact = [&](const std::pair<Block*, unsigned char>& entry) {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(entry.first);
    return std::all_of(bytes, bytes + size_class.block_bytes,
                       [&](unsigned char byte) { return byte == entry.second; });
  };
  for (unsigned step = 0; step < 150; ++step) {
    switch (below(8)) {
      case 0:
      case 1:
      case 2: {
        for (Block* const block : take(page, static_cast<std::uint32_t>(1 + below(40)))) {
          const auto mark = static_cast<unsigned char>(below(256));
          std::memset(static_cast<void*>(block), mark, size_class.block_bytes);
          out.emplace_back(block, mark);
        }
        break;
      }
      case 3:
      case 4:
      case 5:
        for (std::size_t count = below(60); count != 0 && !out.empty(); --count) {
          const std::size_t which = below(out.size());
          ASSERT_TRUE(intact(out[which])) << "step " << step;
          ASSERT_TRUE(is_block_start(page, out[which].first));
          put_block(page, out[which].first);
          out[which] = out.back();
          out.pop_back();
        }
        break;
      case 6:
        sweep(page);
        break;
      default:
        if (!out.empty()) {
          auto* const inside = reinterpret_cast<std::byte*>(out[0].first) + 8;
          ASSERT_FALSE(put_block(page, reinterpret_cast<Block*>(inside)));
        }
        break;
    }
    ASSERT_EQ(page.used, out.size());
    ASSERT_TRUE(check_invariants(page)) << "step " << step;
  }
  for (const auto& entry : out) {
    ASSERT_TRUE(intact(entry));
    ASSERT_TRUE(put_block(page, entry.first));
  }
  EXPECT_EQ(page.used, 0U);
  EXPECT_TRUE(check_invariants(page));
}

INSTANTIATE_TEST_SUITE_P(Page, EveryClass, testing::Range(0U, class_count));

}  // namespace
}  // namespace hakmem::page
