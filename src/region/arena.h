// arena.h: the address space that all blocks come from, and its tables.
//
// Layer region. An arena is one reservation with dense tables beside it: a tag per page (readable
// in full, so that any address inside can be asked about), a slot of metadata and a row of bits per
// page, and a word of state per segment. Arena and tables become writable together, in steps, from
// the low end: the frontier. Arenas are never given back.
//
// A1  first_arena_* mirror arenas[0]; until start-up the limit is 0: every pointer is outside.
// A2  Everything below the frontier is writable; the frontier only grows.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/atomic.h"
#include "base/bits.h"
#include "policy/snapshot.h"
#include "region/geometry.h"
#include "region/tag.h"

namespace hakmem::region {

// Raw storage of one page's metadata: page/ and large/ say what is in it.
struct alignas(64) PageSlot {
  std::byte bytes[64];
};

// A bit for each block a page can have: which of them are free. The rows of a segment's pages are
// interleaved by cache lines: the first line of each, then the second of each, and so on. A page of
// large blocks needs only the first bits of its row, and a segment full of those touches one OS
// page here instead of four.
class BlockBits {
 public:
  static constexpr unsigned words = page_bytes / (std::size_t{1} << 4) / 64;
  static constexpr unsigned line_words = 64 / sizeof(std::uint64_t);
  static constexpr std::size_t segment_words = std::size_t{segment_pages} * words;

  // The row of page `index` in a table of segments.
  BlockBits(std::uint64_t* table, std::uint32_t index)
      : first_line_(table + index / segment_pages * segment_words +
                    index % segment_pages * line_words) {}

  std::uint64_t& operator[](std::uint32_t word) const {
    return first_line_[word / line_words * (segment_pages * line_words) + word % line_words];
  }

 private:
  std::uint64_t* first_line_;
};

struct Segment {
  Atomic<std::uint32_t> used;    // bit set: the page is taken. Takers acquire, givers release.
  Atomic<std::uint32_t> dirty;   // bit set: may be resident. Written by who holds the used bit.
  Atomic<std::uint16_t> lender;  // the heap that takes pages here first; a hint
  Atomic<bool> dense;            // has been full, and may be backed by a huge page
};

// What free() needs of the first arena; three hidden variables, so that each is one operand.
// Written once, under the start-up lock, before the first block exists; plain, because whoever has
// a block of ours has got it after that.
[[gnu::visibility("hidden")]] extern constinit std::uintptr_t first_arena_base;
[[gnu::visibility("hidden")]] extern constinit std::uintptr_t
    first_arena_limit;  // bytes >> block_shift: see rotated_offset
[[gnu::visibility("hidden")]] extern constinit const PageTag* first_arena_tags;

inline constexpr unsigned block_shift = 4;
static_assert(1U << block_shift == 16, "every block is 16-byte aligned");

// The offset of `address` in the first arena, rotated so that the four bits which must be 0 come
// out on top: one compare with first_arena_limit rejects what is outside and what is misaligned.
inline std::uintptr_t rotated_offset(const void* address) {
  return std::rotr(address_of(address) - first_arena_base, block_shift);
}
inline const PageTag& tag_at_rotated(std::uintptr_t rotated) {
  return first_arena_tags[rotated >> (page_shift - block_shift)];
}

class Arena {
 public:
  // Reserves at most `bytes`, halving on refusal down to min_arena_bytes. False: nothing reserved.
  bool reserve(std::size_t bytes);
  // Makes at least `segments` more segments writable. Safe to call from several threads at once.
  bool grow(std::uint32_t segments);

  [[nodiscard]] bool contains(const void* address) const {
    return address_of(address) - base_ < bytes_;
  }
  [[nodiscard]] std::uintptr_t base() const { return base_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint32_t frontier() const { return frontier_.load_acquire(); }
  [[nodiscard]] std::uint32_t segment_count() const {
    return static_cast<std::uint32_t>(bytes_ / segment_bytes);
  }

  [[nodiscard]] std::uint32_t page_index(const void* address) const {
    return static_cast<std::uint32_t>((address_of(address) - base_) >> page_shift);
  }
  [[nodiscard]] std::byte* page_address(std::uint32_t index) const {
    return reinterpret_cast<std::byte*>(base_ + (std::size_t{index} << page_shift));
  }
  [[nodiscard]] PageTag& tag(std::uint32_t index) const { return tags_[index]; }
  [[nodiscard]] const PageTag* tags() const { return tags_; }
  [[nodiscard]] PageSlot& slot(std::uint32_t index) const { return slots_[index]; }
  [[nodiscard]] BlockBits block_bits(std::uint32_t index) const { return {bits_, index}; }
  // The rows of a segment's pages: BlockBits::segment_words words.
  [[nodiscard]] std::uint64_t* segment_bits(std::uint32_t segment) const {
    return bits_ + segment * BlockBits::segment_words;
  }
  [[nodiscard]] Segment& segment(std::uint32_t index) const { return segments_[index]; }

  // The segments that may have a free page, a bit each. Set after a give, cleared by a taker that
  // filled the segment. Both are read-modify-writes of one word: the taker's comes after the
  // giver's, and then its second look at `used` sees the give, or before it, and the bit stands.
  [[nodiscard]] Atomic<std::uint64_t>& open_word(std::uint32_t segment) const {
    return open_[segment / 64];
  }
  void mark_open(std::uint32_t segment) {
    open_word(segment).fetch_or_acq_rel(std::uint64_t{1} << (segment % 64));
  }
  void mark_full(std::uint32_t segment) {
    open_word(segment).fetch_and_acq_rel(~(std::uint64_t{1} << (segment % 64)));
    if (~this->segment(segment).used.load_acquire() != 0) mark_open(segment);
  }

  [[nodiscard]] std::size_t committed_bytes() const { return frontier() * segment_bytes; }
  [[nodiscard]] std::size_t metadata_bytes() const;

 private:
  bool reserve_tables();

  std::uintptr_t base_ = 0;
  std::size_t bytes_ = 0;
  PageTag* tags_ = nullptr;
  PageSlot* slots_ = nullptr;
  std::uint64_t* bits_ = nullptr;
  Segment* segments_ = nullptr;
  Atomic<std::uint64_t>* open_ = nullptr;
  Atomic<std::uint32_t> frontier_;  // segments writable; grow() releases, everybody acquires
};

extern constinit Arena arenas[max_arenas];
extern constinit Atomic<std::uint32_t> arena_count;  // arenas in use; released after the arena

// A page by the arena it lies in; arena is null where there is none.
struct PageRef {
  Arena* arena = nullptr;
  std::uint32_t index = 0;

  explicit operator bool() const { return arena != nullptr; }
  [[nodiscard]] std::byte* address() const { return arena->page_address(index); }
  [[nodiscard]] PageTag& tag() const { return arena->tag(index); }
  [[nodiscard]] PageSlot& slot() const { return arena->slot(index); }
  [[nodiscard]] BlockBits block_bits() const { return arena->block_bits(index); }
  [[nodiscard]] PageRef operator+(std::uint32_t pages) const { return {arena, index + pages}; }
};

// Returns the page that `address` lies in, of whatever state; none if it is in no arena.
inline PageRef page_at(const void* address) {
  if (arenas[0].contains(address)) [[likely]]
    return {&arenas[0], arenas[0].page_index(address)};
  const std::uint32_t count = arena_count.load_acquire();
  for (std::uint32_t i = 1; i < count; ++i) {
    if (arenas[i].contains(address)) return {&arenas[i], arenas[i].page_index(address)};
  }
  return {};
}

// Opens the first arena, of `wanted_bytes` or sized by the machine if 0; or one more, with room for
// `wanted_bytes` at least. The caller holds the lock that serialises this. False if the system
// refused or the table is full.
bool open_arena(std::size_t wanted_bytes);

// What open_arena does about huge pages from now on.
void set_huge_pages(policy::HugePages huge_pages);

// A segment is full: dense memory may be backed by a huge page, if the policy and the system's
// setting want that. Makes a system call; no lock is held.
void consider_huge_page(Arena& arena, std::uint32_t segment);

}  // namespace hakmem::region
