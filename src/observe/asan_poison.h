// asan_poison.h: tells the address sanitizer which bytes are blocks.
//
// Layer observe. The Poison policy of the sanitizer's build tree: a use after free and an overflow
// into a block's tail are caught there. The library itself, which writes into free blocks, is
// compiled without the sanitizer.
#pragma once

#include "heap/concepts.h"

// NOLINTBEGIN(readability-identifier-naming): the sanitizer's own names
extern "C" void __asan_poison_memory_region(const volatile void* address, std::size_t bytes);
extern "C" void __asan_unpoison_memory_region(const volatile void* address, std::size_t bytes);
// NOLINTEND(readability-identifier-naming)

namespace hakmem::observe {

struct AsanPoison {
  static constexpr bool active = true;

  static void allocated(void* block, std::size_t bytes, std::size_t all_bytes) {
    __asan_unpoison_memory_region(block, bytes);
    // What a double free led into a wrong bin may be shorter than it should.
    if (all_bytes <= bytes) return;
    __asan_poison_memory_region(static_cast<std::byte*>(block) + bytes, all_bytes - bytes);
  }
  static void freed(void* block, std::size_t all_bytes) {
    __asan_poison_memory_region(block, all_bytes);
  }
};

static_assert(heap::PoisonPolicy<AsanPoison>);

}  // namespace hakmem::observe
