// tagged_block.h: blocks that say themselves how large they are and which thread allocated them, so
// that they can be handed to a stranger.
//
// The first 8 bytes of a block are its tag: size, owner, and a digest of both, of which the upper
// byte is the block's last byte too. The digest also travels with the address, in the upper 16 bits
// that no address uses: whose block was given to somebody else in the meantime finds a tag that is
// right in itself, but not the one that he wrote.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/block.h"

namespace workload {

// A tagged block on its way: its address and the digest of its tag; 0 is none.
struct TaggedBlock {
  uint64_t word = 0;

  explicit operator bool() const { return word != 0; }
};

struct Tag {
  uint32_t bytes;
  uint16_t owner;
};

// A block of this size is a tag and nothing else.
inline constexpr size_t smallest_tagged = 8;

namespace detail {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the tag's last byte is its upper one");

inline constexpr uint64_t address_mask = (uint64_t{1} << 48) - 1;
inline constexpr uint64_t digest_factor = 0x9e3779b97f4a7c15;

// The digest of 48 bits, where it stands in the tag.
constexpr uint64_t digest_of(uint64_t facts) { return facts * digest_factor & ~address_mask; }

// Adding a difference to the facts adds its product to theirs; unless that is within 2^48 of 0 the
// upper 16 bits change.
constexpr bool every_change_of_a_byte_shows() {
  for (unsigned place = 0; place < 48; place += 8) {
    for (uint64_t difference = 1; difference < 256; ++difference) {
      const uint64_t product = (difference << place) * digest_factor;
      if (product <= address_mask || ~product <= address_mask) return false;
    }
  }
  return true;
}
static_assert(every_change_of_a_byte_shows(), "a tag must show it before its size is believed");

// The rare case of an address that is not a multiple of 16: a small block may lie there.
[[gnu::cold, gnu::noinline]] inline void judge_address(const void* block, size_t bytes) {
  const auto address = reinterpret_cast<uintptr_t>(block);
  if (address > address_mask) report_corruption("not an address of this machine: %p", block);
  if (address % malloc_alignment(bytes) != 0) report_misaligned(block, malloc_alignment(bytes));
}

}  // namespace detail

template <Fill fill>
inline TaggedBlock allocate_tagged(size_t bytes, unsigned owner) {
  void* const block = allocate(bytes);
  const auto address = reinterpret_cast<uintptr_t>(block);
  if ((address & (~detail::address_mask | (alignof(max_align_t) - 1))) != 0) [[unlikely]]
    detail::judge_address(block, bytes);
  const uint64_t facts = bytes | uint64_t{owner} << 32;
  const uint64_t digest = detail::digest_of(facts);
  const uint64_t tag = facts | digest;
  const auto mark = static_cast<uint8_t>(tag >> 56);
  if constexpr (fill == Fill::whole) {
    for (size_t i = sizeof(tag); i < bytes; ++i) {
      static_cast<uint8_t*>(block)[i] = static_cast<uint8_t>(mark + i);
    }
  }
  memcpy(block, &tag, sizeof(tag));
  static_cast<volatile uint8_t*>(block)[bytes - 1] = mark;
  return {address | digest};
}

// Checks a tagged block, frees it and returns its tag.
template <Fill fill>
inline Tag free_tagged(TaggedBlock tagged) {
  void* const block = reinterpret_cast<void*>(tagged.word & detail::address_mask);
  uint64_t tag = 0;
  memcpy(&tag, block, sizeof(tag));
  const uint64_t facts = tag & detail::address_mask;
  const auto bytes = static_cast<uint32_t>(facts);
  const auto mark = static_cast<uint8_t>(tag >> 56);
  const uint64_t differences = (tag ^ tagged.word) | (tag ^ detail::digest_of(facts));
  if ((differences & ~detail::address_mask) != 0) [[unlikely]]
    report_overwritten(block, bytes);
  if (static_cast<const volatile uint8_t*>(block)[bytes - 1] != mark) [[unlikely]]
    report_overwritten(block, bytes);
  if constexpr (fill == Fill::whole) {
    for (size_t i = sizeof(tag); i + 1 < bytes; ++i) {
      if (static_cast<const uint8_t*>(block)[i] != static_cast<uint8_t>(mark + i)) {
        report_overwritten(block, bytes);
      }
    }
    // Dead: a second holder of the block would find it so. Not in timed runs, where an allocator
    // that leaves freed blocks alone would lose what it gains by that.
    const uint64_t dead = tag ^ ~detail::address_mask;
    memcpy(block, &dead, sizeof(dead));
  }
  free(block);
  return {bytes, static_cast<uint16_t>(facts >> 32)};
}

// Leaves a block in a place that threads share and takes the one that lay there, if any.
inline TaggedBlock exchange(TaggedBlock& place, TaggedBlock given) {
  // Acquire: the stranger's writes to the block taken; release: our own to the one given.
  return {__atomic_exchange_n(&place.word, given.word, __ATOMIC_ACQ_REL)};
}

}  // namespace workload
