// page.cc: carving, taking, sweeping.
#include "page/page.h"

#include <algorithm>
#include <bit>

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

bool is_listed(const Page& page, std::uint32_t index) {
  return (page.ref().block_bits()[index / 64] >> (index % 64) & 1) != 0;
}
void mark_listed(const Page& page, std::uint32_t index) {
  page.ref().block_bits()[index / 64] |= std::uint64_t{1} << (index % 64);
}
void unmark_listed(const Page& page, std::uint32_t index) {
  page.ref().block_bits()[index / 64] &= ~(std::uint64_t{1} << (index % 64));
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
    mark_listed(page, i);
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

// Builds the list anew from the bits, lowest block first.
void relist(Page& page) {
  page.free = nullptr;
  std::uint32_t count = 0;
  for (std::uint32_t i = page.size_class().capacity; i-- > 0;) {
    if (!is_listed(page, i)) continue;
    Block* const block = block_at(page, i);
    block->next = page.free;
    page.free = block;
    ++count;
  }
  page.listed = static_cast<std::uint16_t>(count);
}

// Whether the link leads to a block of the page's list. A block that was freed twice may have been
// handed out, and linked elsewhere, while it is on the list.
bool leads_on(const Page& page, const Block* block) {
  return address_of(block) - address_of(page.start) <
             page.size_class().run_pages * region::page_bytes &&
         is_block_start(page, block) && is_listed(page, index_of(page, block));
}

// Whether the list is what the bits say.
bool list_is_whole(const Page& page) {
  std::uint32_t found = 0;
  for (const Block* block = page.free; block != nullptr; block = block->next) {
    if (found++ == page.listed || !leads_on(page, block)) return false;
  }
  return found == page.listed;
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
  region::BlockBits& bits = first.block_bits();
  std::fill_n(bits, divide_up(size_class.capacity, 64), 0);
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
  while (taken < wanted && !page.exhausted()) {
    if (page.listed == 0) carve_granule(page);
    Block* const block = page.free;
    if (!leads_on(page, block)) [[unlikely]] {
      relist(page);
      continue;
    }
    page.free = block->next;
    unmark_listed(page, index_of(page, block));
    --page.listed;
    ++page.used;
    block->next = nullptr;
    (list.last != nullptr ? list.last->next : list.first) = block;
    list.last = block;
    ++taken;
  }
  list.count += taken;
}

bool put_block(Page& page, Block* block) {
  const SizeClass& size_class = page.size_class();
  const auto offset = static_cast<std::uint32_t>(address_of(block) - address_of(page.start));
  const std::uint32_t index = block_index(size_class, offset);
  if (index * size_class.block_bytes != offset || index >= size_class.capacity ||
      (page.uncarved >> (offset >> size_class.granule_shift) & 1) != 0 || is_listed(page, index)) {
    return false;
  }
  mark_listed(page, index);
  block->next = page.free;
  page.free = block;
  ++page.listed;
  --page.used;
  return true;
}

std::size_t sweep(Page& page) {
  const SizeClass& size_class = page.size_class();
  const std::size_t granule_bytes = std::size_t{1} << size_class.granule_shift;
  if (!list_is_whole(page)) relist(page);
  if (std::size_t{page.listed} * size_class.block_bytes < granule_bytes) return 0;
  const unsigned granules = granule_count(size_class);
  std::uint64_t free_granules = page.uncarved;
  for (unsigned granule = 0; granule < granules; ++granule) {
    const Range range = blocks_in_granule(size_class, granule);
    bool all = true;
    for (std::uint32_t i = range.first; all && i < range.end; ++i) all = is_listed(page, i);
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
    const bool before_free = is_listed(page, before) || (page.uncarved >> home & 1) != 0;
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
      for (std::uint32_t i = range.first; i < range.end; ++i) unmark_listed(page, i);
      if (range.first != range.end) page.uncarved |= std::uint64_t{1} << granule;
    }
  }
  if (swept_bytes != 0) relist(page);
  return swept_bytes;
}

bool check_invariants(const Page& page) {
  const SizeClass& size_class = page.size_class();
  std::uint32_t marked = 0;
  for (std::uint32_t i = 0; i < size_class.capacity; ++i) {
    if (!is_listed(page, i)) continue;
    ++marked;
    const unsigned home = i * size_class.block_bytes >> size_class.granule_shift;
    if ((page.uncarved >> home & 1) != 0) return false;
  }
  return list_is_whole(page) && marked == page.listed &&
         std::uint32_t{page.used} + marked + uncarved_blocks(page) == size_class.capacity;
}

}  // namespace hakmem::page
