// page.cc: carving, taking, sweeping.
#include "page/page.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "os/memory.h"

namespace hakmem::page {

static_assert(valid_classes(size_classes));

namespace {

struct Range {
  std::uint32_t first;  // block index
  std::uint32_t end;
};

// The blocks that start in a granule.
Range blocks_in_granule(const SizeClass& size_class, unsigned granule) {
  const std::uint32_t begin_offset = std::uint32_t{granule} << size_class.granule_shift;
  const std::uint32_t end_offset = begin_offset + (1U << size_class.granule_shift);
  const auto first_at = [&](std::uint32_t offset) {
    return std::min<std::uint32_t>((offset + size_class.block_bytes - 1) / size_class.block_bytes,
                                   size_class.capacity);
  };
  return {first_at(begin_offset), first_at(end_offset)};
}

unsigned granule_count(const SizeClass& size_class) {
  return static_cast<unsigned>(size_class.run_pages * region::page_bytes >>
                               size_class.granule_shift);
}

Block* block_at(const Page& page, std::uint32_t index) {
  return reinterpret_cast<Block*>(page.start + std::size_t{index} * page.size_class().block_bytes);
}

std::uint32_t index_of(const Page& page, const Block* block) {
  return block_index(page.size_class(),
                     static_cast<std::uint32_t>(address_of(block) - address_of(page.start)));
}

bool in_run(const Page& page, const Block* block) {
  return address_of(block) - address_of(page.start) <
         page.size_class().run_pages * region::page_bytes;
}

// Links the blocks of the lowest uncarved granule, ascending, to the front of the page's list.
void carve_granule(Page& page) {
  const auto granule = static_cast<unsigned>(std::countr_zero(page.uncarved));
  page.uncarved &= page.uncarved - 1;
  const Range range = blocks_in_granule(page.size_class(), granule);
  Block* next = page.free;
  for (std::uint32_t i = range.end; i-- > range.first;) {
    Block* const block = block_at(page, i);
    block->next = next;
    next = block;
  }
  page.free = next;
  page.listed = static_cast<std::uint16_t>(page.listed + (range.end - range.first));
}

std::uint32_t uncarved_blocks(const Page& page) {
  std::uint32_t blocks = 0;
  for (std::uint64_t rest = page.uncarved; rest != 0; rest &= rest - 1) {
    const Range range =
        blocks_in_granule(page.size_class(), static_cast<unsigned>(std::countr_zero(rest)));
    blocks += range.end - range.first;
  }
  return blocks;
}

// A set of a page's blocks.
struct BlockSet {
  std::uint64_t words[region::page_bytes / class_step / 64] = {};

  bool add(std::uint32_t index) {
    std::uint64_t& word = words[index / 64];
    const std::uint64_t bit = std::uint64_t{1} << (index % 64);
    const bool added = (word & bit) == 0;
    word |= bit;
    return added;
  }
  [[nodiscard]] bool has(std::uint32_t index) const {
    return (words[index / 64] >> (index % 64) & 1) != 0;
  }
};

// Collects the listed blocks; stops at a repetition or at a link that leaves the page.
std::uint32_t collect_listed(const Page& page, BlockSet& set) {
  std::uint32_t found = 0;
  for (const Block* block = page.free; block != nullptr; block = block->next) {
    if (!in_run(page, block) || !is_block_start(page, block)) break;
    if (!set.add(index_of(page, block))) break;
    ++found;
  }
  return found;
}

// Builds the list anew from a set, lowest block first.
void relist(Page& page, const BlockSet& set) {
  page.free = nullptr;
  std::uint32_t count = 0;
  for (std::uint32_t i = page.size_class().capacity; i-- > 0;) {
    if (!set.has(i)) continue;
    Block* const block = block_at(page, i);
    block->next = page.free;
    page.free = block;
    ++count;
  }
  page.listed = static_cast<std::uint16_t>(count);
}

}  // namespace

Page& set_up(region::PageRef first, ClassId class_id) {
  const SizeClass& size_class = size_classes[class_id];
  for (unsigned i = 1; i < size_class.run_pages; ++i) {
    page_in((first + i).slot()).run_offset = static_cast<std::uint8_t>(i);
  }
  Page& page = page_in(first.slot());
  page = Page{};
  page.class_id = class_id;
  page.start = first.address();
  page.arena = first.arena;
  const unsigned granules = granule_count(size_class);
  page.uncarved = low_bits64(granules);
  // A granule in which no block starts has nothing to carve.
  for (unsigned granule = 0; granule < granules; ++granule) {
    const Range range = blocks_in_granule(size_class, granule);
    if (range.first == range.end) page.uncarved &= ~(std::uint64_t{1} << granule);
  }
  return page;
}

void take_blocks(Page& page, std::uint32_t wanted, BlockList& list) {
  std::uint32_t taken = 0;
  while (taken < wanted) {
    if (page.free == nullptr) {
      if (page.uncarved == 0) break;
      carve_granule(page);
    }
    // After a double free the list may be a circle: the count bounds every walk.
    const std::uint32_t most = std::min<std::uint32_t>(wanted - taken, page.listed);
    if (most == 0) {
      page.free = nullptr;
      continue;
    }
    Block* const first = page.free;
    Block* last = first;
    std::uint32_t count = 1;
    for (; count < most && last->next != nullptr; ++count) last = last->next;
    page.free = last->next;
    page.listed = static_cast<std::uint16_t>(page.listed - count);
    page.used = static_cast<std::uint16_t>(page.used + count);
    last->next = nullptr;
    (list.last != nullptr ? list.last->next : list.first) = first;
    list.last = last;
    taken += count;
  }
  list.count += taken;
}

bool settle_empty(Page& page) {
  const std::uint32_t expected = page.size_class().capacity - uncarved_blocks(page);
  BlockSet set;
  const std::uint32_t found = collect_listed(page, set);
  if (found == expected && page.listed == expected) return true;
  relist(page, set);
  page.used = static_cast<std::uint16_t>(expected - page.listed);
  return false;
}

std::size_t sweep(Page& page) {
  const SizeClass& size_class = page.size_class();
  const std::size_t granule_bytes = std::size_t{1} << size_class.granule_shift;
  if (std::size_t{page.listed} * size_class.block_bytes < granule_bytes) return 0;
  BlockSet set;
  if (collect_listed(page, set) != page.listed) return 0;

  const unsigned granules = granule_count(size_class);
  std::uint64_t free_granules = page.uncarved;
  for (unsigned granule = 0; granule < granules; ++granule) {
    const Range range = blocks_in_granule(size_class, granule);
    bool all = true;
    for (std::uint32_t i = range.first; all && i < range.end; ++i) all = set.has(i);
    if (all) free_granules |= std::uint64_t{1} << granule;
  }
  // A granule's memory is nobody's if its own blocks are free and so is the one that reaches in.
  std::uint64_t empty = free_granules & ~page.uncarved;
  for (unsigned granule = 1; granule < granules; ++granule) {
    const Range range = blocks_in_granule(size_class, granule);
    const std::uint32_t offset = granule << size_class.granule_shift;
    if (range.first == 0 || std::uint32_t{range.first} * size_class.block_bytes == offset) continue;
    const std::uint32_t before = range.first - 1;
    const unsigned home = before * size_class.block_bytes >> size_class.granule_shift;
    const bool before_free = set.has(before) || (page.uncarved >> home & 1) != 0;
    if (!before_free) empty &= ~(std::uint64_t{1} << granule);
  }

  std::size_t swept_bytes = 0;
  for (std::uint64_t rest = empty; rest != 0;) {
    const auto first = static_cast<unsigned>(std::countr_zero(rest));
    const auto count = static_cast<unsigned>(std::countr_one(rest >> first));
    const std::uint64_t mask = low_bits64(count) << first;
    rest &= ~mask;
    if (!os::purge(os::Site::part_page_purge, page.start + first * granule_bytes,
                   count * granule_bytes)) {
      continue;
    }
    swept_bytes += count * granule_bytes;
    for (unsigned granule = first; granule < first + count; ++granule) {
      const Range range = blocks_in_granule(size_class, granule);
      for (std::uint32_t i = range.first; i < range.end; ++i) {
        set.words[i / 64] &= ~(std::uint64_t{1} << (i % 64));
      }
      if (range.first != range.end) page.uncarved |= std::uint64_t{1} << granule;
    }
  }
  if (swept_bytes != 0) relist(page, set);
  return swept_bytes;
}

bool check_invariants(const Page& page) {
  const SizeClass& size_class = page.size_class();
  BlockSet set;
  const std::uint32_t found = collect_listed(page, set);
  for (std::uint32_t i = 0; i < size_class.capacity; ++i) {
    const unsigned home = i * size_class.block_bytes >> size_class.granule_shift;
    if (set.has(i) && (page.uncarved >> home & 1) != 0) return false;
  }
  return found == page.listed &&
         std::uint32_t{page.used} + found + uncarved_blocks(page) == size_class.capacity;
}

}  // namespace hakmem::page
