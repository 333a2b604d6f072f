// block.h: what a workload writes into its blocks and how it notices corruption.
//
// Timed runs write the first and the last byte of every block and check both before they free it
// (a workload that models barely touched blocks: the first alone); --verify runs write and check
// every byte and are never timed. Two kinds of block:
//   marked  the workload knows size and slot by itself (a slot table)
//   tagged  the block says itself how large it is and which thread allocated it, so that it can
//           be handed to a stranger; at least 8 bytes
// What is found wrong ends the process with exit status 3.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <type_traits>

#include "support/arguments.h"

namespace workload {

enum class Fill { first, ends, whole };

[[noreturn, gnu::cold, gnu::noinline]] inline void report_corruption(const void* block,
                                                                     size_t bytes) {
  fprintf(stderr, "corruption: the block %p of %zu bytes does not hold what was written\n", block,
          bytes);
  _exit(exit_corruption);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void report_misaligned(const void* block,
                                                                     size_t alignment) {
  fprintf(stderr, "corruption: the block %p is not at a multiple of %zu\n", block, alignment);
  _exit(exit_corruption);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void report_no_memory(size_t bytes) {
  fprintf(stderr, "no memory for a block of %zu bytes\n", bytes);
  _exit(1);
}

// Returns malloc(bytes); the workloads need all the memory that they ask for.
inline void* allocate(size_t bytes) {
  void* const block = malloc(bytes);
  if (block == nullptr) [[unlikely]]
    report_no_memory(bytes);
  return block;
}

inline uint8_t mark_of(uint64_t slot, size_t bytes) {
  return static_cast<uint8_t>(slot * 31 + bytes * 7 + 1);
}

template <Fill fill>
inline void write_marked(void* block, size_t bytes, uint8_t mark) {
  auto* const byte = static_cast<volatile uint8_t*>(block);
  if constexpr (fill == Fill::whole) {
    for (size_t i = 0; i < bytes; ++i) byte[i] = static_cast<uint8_t>(mark + i);
  }
  byte[0] = mark;
  if constexpr (fill != Fill::first) byte[bytes - 1] = mark;
}

template <Fill fill>
inline void check_marked(const void* block, size_t bytes, uint8_t mark) {
  const auto* const byte = static_cast<const volatile uint8_t*>(block);
  if (byte[0] != mark || (fill != Fill::first && byte[bytes - 1] != mark)) [[unlikely]]
    report_corruption(block, bytes);
  if constexpr (fill == Fill::whole) {
    for (size_t i = 1; i + 1 < bytes; ++i) {
      if (byte[i] != static_cast<uint8_t>(mark + i)) report_corruption(block, bytes);
    }
  }
}

// The first 8 bytes of a tagged block.
struct Tag {
  uint32_t bytes;
  uint16_t owner;
  uint8_t check;
  uint8_t mark;  // again in the block's last byte; in a block of 8 bytes this is that byte
};
static_assert(sizeof(Tag) == 8, "the smallest tagged block holds a tag and nothing else");

// A change of any one byte of the tag shows, before its length is believed.
inline uint8_t check_of(uint32_t bytes, uint16_t owner) {
  return static_cast<uint8_t>(bytes ^ (bytes >> 8) ^ (bytes >> 16) ^ (bytes >> 24) ^ (owner * 5u) ^
                              (owner >> 8) ^ 0xa5u);
}

template <Fill fill>
inline void* allocate_tagged(size_t bytes, unsigned owner) {
  void* const block = allocate(bytes);
  const uint8_t mark = mark_of(owner, bytes);
  Tag tag{static_cast<uint32_t>(bytes), static_cast<uint16_t>(owner), 0, mark};
  tag.check = check_of(tag.bytes, tag.owner);
  if constexpr (fill == Fill::whole) {
    for (size_t i = sizeof(tag); i < bytes; ++i) {
      static_cast<uint8_t*>(block)[i] = static_cast<uint8_t>(mark + i);
    }
  }
  memcpy(block, &tag, sizeof(tag));
  static_cast<volatile uint8_t*>(block)[bytes - 1] = mark;
  return block;
}

// Checks a tagged block and returns its tag.
template <Fill fill>
inline Tag check_tagged(const void* block) {
  Tag tag;
  memcpy(&tag, block, sizeof(tag));
  if (tag.check != check_of(tag.bytes, tag.owner) || tag.bytes < sizeof(tag) ||
      tag.mark != mark_of(tag.owner, tag.bytes) ||
      static_cast<const volatile uint8_t*>(block)[tag.bytes - 1] != tag.mark) [[unlikely]] {
    report_corruption(block, tag.bytes);
  }
  if constexpr (fill == Fill::whole) {
    for (size_t i = sizeof(tag); i + 1 < tag.bytes; ++i) {
      if (static_cast<const uint8_t*>(block)[i] != static_cast<uint8_t>(tag.mark + i)) {
        report_corruption(block, tag.bytes);
      }
    }
  }
  return tag;
}

// Checks a tagged block, frees it and returns what its tag was.
template <Fill fill>
inline Tag free_tagged(void* block) {
  const Tag tag = check_tagged<fill>(block);
  free(block);
  return tag;
}

// Returns body(constant), where the constant is the fill of a run: run<fill()>() in a lambda.
template <class Body>
auto with_fill(bool verify, Body body) {
  return verify ? body(std::integral_constant<Fill, Fill::whole>{})
                : body(std::integral_constant<Fill, Fill::ends>{});
}

}  // namespace workload
