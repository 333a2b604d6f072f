// block.h: what a workload writes into its blocks and how it notices corruption.
//
// Timed runs write the first and the last byte of every block and check both before they free it
// (a workload that models barely touched blocks: the first alone), and look where blocks lie;
// --verify runs write and check every byte and are never timed. The blocks here are marked: the
// workload knows by itself which slot a block is in and how large it is. For blocks that are handed
// to strangers: tagged_block.h.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <type_traits>

#include "support/corruption.h"

namespace workload {

enum class Fill { first, ends, whole };

// Returns malloc(bytes); the workloads need all the memory that they ask for.
inline void* allocate(size_t bytes) {
  void* const block = malloc(bytes);
  if (block == nullptr) [[unlikely]]
    report_no_memory(bytes);
  return block;
}

// What malloc owes a block of `bytes`: as much as an object has use for that fits into it.
inline size_t malloc_alignment(size_t bytes) {
  size_t alignment = alignof(max_align_t);
  while (alignment > bytes) alignment /= 2;
  return alignment;
}

// Where the blocks of a run lay, OR-ed together: one instruction a block, judged when the clock has
// stopped. Its functions must be inlined: an object whose address is known elsewhere would be
// loaded and stored for each block, because the blocks are written to through byte pointers.
class Addresses {
 public:
  [[gnu::always_inline]] void note(const void* block) {
    bits_ |= reinterpret_cast<uintptr_t>(block);
  }

  [[gnu::always_inline]] void note(const Addresses& others) { bits_ |= others.bits_; }

  // Ends the process unless malloc may place blocks of `smallest` bytes and more like that.
  [[gnu::always_inline]] void judge(size_t smallest) const {
    if (bits_ % malloc_alignment(smallest) != 0) report(smallest);
  }

 private:
  [[noreturn, gnu::cold, gnu::noinline]] static void report(size_t smallest) {
    report_corruption("misaligned: not all blocks of %zu bytes or more were at multiples of %zu",
                      smallest, malloc_alignment(smallest));
  }

  uintptr_t bits_ = 0;
};

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
    report_overwritten(block, bytes);
  if constexpr (fill == Fill::whole) {
    for (size_t i = 1; i + 1 < bytes; ++i) {
      if (byte[i] != static_cast<uint8_t>(mark + i)) report_overwritten(block, bytes);
    }
  }
}

// Returns body(constant), where the constant is the fill of a run: run<fill()>() in a lambda.
template <class Body>
auto with_fill(bool verify, Body body) {
  return verify ? body(std::integral_constant<Fill, Fill::whole>{})
                : body(std::integral_constant<Fill, Fill::ends>{});
}

}  // namespace workload
