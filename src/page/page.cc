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

std::uint64_t bit(std::uint32_t index) { return std::uint64_t{1} << (index % 64); }

bool is_free(const Page& page, std::uint32_t index) {
  return (page.ref().block_bits()[index / 64] & bit(index)) != 0;
}

// Calls visit(word, mask) for each word of bits that the blocks of `range` lie in.
template <class Visit>
void for_each_word(Range range, Visit visit) {
  for (std::uint32_t i = range.first; i < range.end; i = (i / 64 + 1) * 64) {
    const std::uint32_t count = std::min(range.end, (i / 64 + 1) * 64) - i;
    visit(i / 64, low_bits64(count) << (i % 64));
  }
}

bool all_free(const Page& page, Range range) {
  bool all = true;
  for_each_word(range, [&](std::uint32_t word, std::uint64_t mask) {
    all = all && (page.ref().block_bits()[word] & mask) == mask;
  });
  return all;
}

// Frees the blocks of the lowest uncarved granule.
void carve_granule(Page& page) {
  const auto granule = static_cast<unsigned>(std::countr_zero(page.uncarved));
  page.uncarved &= page.uncarved - 1;
  const Range range = blocks_in_granule(page.size_class(), granule);
  const region::BlockBits bits = page.ref().block_bits();
  for_each_word(range, [&](std::uint32_t word, std::uint64_t mask) { bits[word] |= mask; });
  page.free = static_cast<std::uint16_t>(page.free + (range.end - range.first));
  page.first_word =
      static_cast<std::uint8_t>(std::min<std::uint32_t>(page.first_word, range.first / 64));
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
  const region::BlockBits bits = first.block_bits();
  const auto words = static_cast<std::uint32_t>(divide_up(size_class.capacity, 64));
  for (std::uint32_t word = 0; word < words; ++word) bits[word] = 0;
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
  const region::BlockBits bits = page.ref().block_bits();
  const std::size_t block_bytes = page.size_class().block_bytes;
  std::uint32_t taken = 0;
  while (taken < wanted && !page.exhausted()) {
    if (page.free == 0) carve_granule(page);
    while (bits[page.first_word] == 0) ++page.first_word;
    std::byte* const base = page.start + page.first_word * 64 * block_bytes;
    std::uint64_t word = bits[page.first_word];
    const std::uint32_t before = taken;
    for (; word != 0 && taken < wanted; word &= word - 1, ++taken) {
      const auto index = static_cast<unsigned>(std::countr_zero(word));
      list.append(*reinterpret_cast<Block*>(base + index * block_bytes));
    }
    bits[page.first_word] = word;
    page.free = static_cast<std::uint16_t>(page.free - (taken - before));
  }
  page.used = static_cast<std::uint16_t>(page.used + taken);
  page.swept = 0;
}

bool put_block(Page& page, const Block* block) {
  const SizeClass& size_class = page.size_class();
  const auto offset = static_cast<std::uint32_t>(address_of(block) - address_of(page.start));
  const std::uint32_t index = block_index(size_class, offset);
  std::uint64_t& word = page.ref().block_bits()[index / 64];
  if (index * size_class.block_bytes != offset || index >= size_class.capacity ||
      (page.uncarved >> (offset >> size_class.granule_shift) & 1) != 0 ||
      (word & bit(index)) != 0) {
    return false;
  }
  word |= bit(index);
  page.first_word = static_cast<std::uint8_t>(std::min<std::uint32_t>(page.first_word, index / 64));
  ++page.free;
  --page.used;
  page.came_back = true;
  return true;
}

std::size_t sweep(Page& page) {
  const SizeClass& size_class = page.size_class();
  const std::size_t granule_bytes = std::size_t{1} << size_class.granule_shift;
  if (!page.came_back || std::size_t{page.free} * size_class.block_bytes < granule_bytes) return 0;
  page.came_back = false;
  const unsigned granules = granule_count(size_class);
  std::uint64_t free_granules = page.uncarved;
  for (unsigned granule = 0; granule < granules; ++granule) {
    if (all_free(page, blocks_in_granule(size_class, granule))) {
      free_granules |= std::uint64_t{1} << granule;
    }
  }
  // A granule's memory is nobody's if its own blocks are free and so is the one that reaches in.
  std::uint64_t empty = free_granules & ~page.uncarved & ~page.swept;
  for (unsigned granule = 1; granule < granules; ++granule) {
    const Range range = blocks_in_granule(size_class, granule);
    const std::uint32_t offset = granule << size_class.granule_shift;
    if (range.first == 0 || std::uint32_t{range.first} * size_class.block_bytes == offset) continue;
    const std::uint32_t before = range.first - 1;
    const unsigned home = before * size_class.block_bytes >> size_class.granule_shift;
    const bool before_free = is_free(page, before) || (page.uncarved >> home & 1) != 0;
    if (!before_free) empty &= ~(std::uint64_t{1} << granule);
  }

  const region::BlockBits bits = page.ref().block_bits();
  std::size_t swept_bytes = 0;
  for (std::uint64_t rest = empty; rest != 0;) {
    const auto first = static_cast<unsigned>(std::countr_zero(rest));
    const auto count = static_cast<unsigned>(std::countr_one(rest >> first));
    const std::uint64_t mask = low_bits64(count) << first;
    rest &= ~mask;
    if (!os::purge(os::Site::part_page_purge, page.start + first * granule_bytes,
                   count * granule_bytes)) {
      page.came_back = true;  // the next sweep tries again
      continue;
    }
    swept_bytes += count * granule_bytes;
    for (unsigned granule = first; granule < first + count; ++granule) {
      const Range range = blocks_in_granule(size_class, granule);
      for_each_word(range,
                    [&](std::uint32_t word, std::uint64_t blocks) { bits[word] &= ~blocks; });
      page.free = static_cast<std::uint16_t>(page.free - (range.end - range.first));
      if (range.first != range.end) page.uncarved |= std::uint64_t{1} << granule;
    }
    page.swept |= mask;
  }
  return swept_bytes;
}

bool check_invariants(const Page& page) {
  const SizeClass& size_class = page.size_class();
  std::uint32_t free = 0;
  for (std::uint32_t i = 0; i < size_class.capacity; ++i) {
    if (!is_free(page, i)) continue;
    ++free;
    if (i / 64 < page.first_word) return false;
    const unsigned home = i * size_class.block_bytes >> size_class.granule_shift;
    if ((page.uncarved >> home & 1) != 0) return false;
  }
  return free == page.free &&
         std::uint32_t{page.used} + free + uncarved_blocks(page) == size_class.capacity;
}

}  // namespace hakmem::page
