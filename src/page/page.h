// page.h: a run of pages cut into equal blocks.
//
// Layer page. Cold: bins stand between a page and malloc. A page (that is, a run of one to five)
// has a bit for each block that is free, and a mask of granules, each an OS page or a few, whose
// blocks have no bit: either never carved, or swept, that is, their memory given back. Carving and
// sweeping are the two directions of one step, so a page holds the memory it needs, not 64 KiB.
//
// P1  used + free + blocks in uncarved granules = capacity. `used` counts every block that is off
//     the page: live, in a bin, in an outbox or inbox.
// P2  A block belongs to the granule it starts in.
// P3  The row of bits beside the arena says what is free, and nothing in the blocks themselves: a
//     program that writes to a freed block does a page no harm, a block that comes back twice is
//     noticed, and the lowest blocks are taken first.
// P4  All fields are guarded by the owning heap's lock. class_id and start stay as they are while a
//     block is out, so whoever holds a block may read them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "page/size_class.h"
#include "region/arena.h"

namespace hakmem::page {

// A free block: a link in somebody's list. In depots the second word of a batch's first block is in
// use as well, in outboxes and inboxes that of each block.
struct Block {
  Block* next;
};
static_assert(sizeof(Block) <= class_step);

struct BlockList {
  Block* first = nullptr;
  Block* last = nullptr;
  std::uint32_t count = 0;

  void push(Block& block) {
    if (count++ == 0) last = &block;
    block.next = first;
    first = &block;
  }
  void append(Block& block) {
    block.next = nullptr;
    (count++ == 0 ? first : last->next) = &block;
    last = &block;
  }
};

struct Page {
  std::uint64_t uncarved = 0;  // a bit per granule
  // Granules given back since the last take, also those where no block starts.
  std::uint64_t swept = 0;
  std::uint16_t used = 0;
  std::uint16_t free = 0;
  ClassId class_id = 0;
  std::uint8_t run_offset = 0;  // in continuation pages: pages back to the first
  bool came_back = false;       // some block, since the last sweep
  bool in_full_list = false;    // which of the heap's two lists it is in
  std::uint8_t first_word = 0;  // of the row of bits; none before it has a bit set
  std::byte* start = nullptr;
  Page* next = nullptr;
  Page* previous = nullptr;
  region::Arena* arena = nullptr;  // with `start`: the way back to the tags

  [[nodiscard]] const SizeClass& size_class() const { return size_classes[class_id]; }
  [[nodiscard]] bool exhausted() const { return free == 0 && uncarved == 0; }
  [[nodiscard]] region::PageRef ref() const { return {arena, arena->page_index(start)}; }
};
static_assert(sizeof(Page) <= sizeof(region::PageSlot), "the slot table has room for it");

inline Page& page_in(region::PageSlot& slot) { return *reinterpret_cast<Page*>(&slot); }

// Returns the page that a tagged `ref` belongs to: the first of its run.
inline Page& page_of(region::PageRef ref) {
  const Page& here = page_in(ref.slot());
  return page_in((region::PageRef{ref.arena, ref.index - here.run_offset}).slot());
}

// Returns whether a block of the page starts at `address`, which lies in the page's run. Reads only
// what stays as it is while a block is out: any holder of a block may ask.
inline bool is_block_start(const Page& page, const void* address) {
  const SizeClass& size_class = page.size_class();
  const auto offset = static_cast<std::uint32_t>(address_of(address) - address_of(page.start));
  const std::uint32_t index = block_index(size_class, offset);
  return index * size_class.block_bytes == offset && index < size_class.capacity;
}

// Makes the run at `first` a page of `class_id` with nothing carved. Its tags are the caller's.
Page& set_up(region::PageRef first, ClassId class_id);

// Moves `wanted` blocks from the page to the list's end, lowest first, carving if need be; fewer
// when the page runs dry. The page counts them as used.
void take_blocks(Page& page, std::uint32_t wanted, BlockList& list);

// Puts a block back on its page. False, and nothing has changed, if it is free already, was never
// handed out, or is no block. `block` lies in the page's run, and is not touched.
bool put_block(Page& page, const Block* block);

// Gives back the memory of granules in which every block is free, and returns the bytes.
std::size_t sweep(Page& page);

// Returns whether the page's counts and bits agree; for tests and debug builds.
bool check_invariants(const Page& page);

}  // namespace hakmem::page
