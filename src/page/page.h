// page.h: a run of pages cut into equal blocks.
//
// Layer page. Cold: bins stand between a page and malloc. A page (that is, a run of one to five)
// keeps a list of the free blocks it has, and a mask of granules, each an OS page or a few, whose
// blocks are on no list: either never carved, or swept, that is, their memory given back. Carving
// and sweeping are the two directions of one step, so a page holds the memory it needs, not 64 KiB.
//
// P1  used + listed + blocks in uncarved granules = capacity. `used` counts every block that is off
//     the page: live, in a bin, in an outbox or inbox.
// P2  A block belongs to the granule it starts in.
// P3  Exactly the listed blocks have their bit set in the page's row of bits: a block that comes
// back
//     twice is noticed then, and a list that a double free led astray is built anew from the bits.
// P4  All fields are guarded by the owning heap's lock. class_id and start stay as they are while a
//     block is out, so whoever holds a block may read them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "page/size_class.h"
#include "region/arena.h"

namespace hakmem::page {

// A free block: a link in somebody's list. Batches use the second word of their first block.
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
};

struct Page {
  Block* free = nullptr;       // listed blocks
  std::uint64_t uncarved = 0;  // a bit per granule
  std::uint16_t used = 0;
  std::uint16_t listed = 0;
  ClassId class_id = 0;
  std::uint8_t run_offset = 0;  // in continuation pages: pages back to the first
  bool in_full_list = false;    // which of the heap's two lists it is in
  std::uint8_t reserved = 0;
  std::byte* start = nullptr;
  Page* next = nullptr;
  Page* previous = nullptr;
  region::Arena* arena = nullptr;  // with `start`: the way back to the tags

  [[nodiscard]] const SizeClass& size_class() const { return size_classes[class_id]; }
  [[nodiscard]] bool exhausted() const { return listed == 0 && uncarved == 0; }
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

// Moves at least one and about `wanted` blocks from the page to the list, carving if need be.
// Fewer when the page runs dry. The page counts them as used.
void take_blocks(Page& page, std::uint32_t wanted, BlockList& list);

// Puts a block back on the page's list. False, and nothing has changed, if it is on it already, was
// never handed out, or is no block. `block` lies in the page's run.
bool put_block(Page& page, Block* block);

// Gives back the memory of granules in which every block is listed, and returns the bytes.
std::size_t sweep(Page& page);

// Returns whether the page's counts and lists agree; for tests and debug builds.
bool check_invariants(const Page& page);

}  // namespace hakmem::page
