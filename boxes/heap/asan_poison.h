// asan_poison.h: BOX. Should the address sanitizer know which bytes are blocks?
//
// Boundary  ThreadHeap::hand_out and push, the callers of allocated and freed.
// Baseline  heap::NoPoison.
// Claim     none for speed: in the sanitizer's tree a use after free and an overflow are caught.
// Cost      a call into the sanitizer for each block; the library itself is compiled without it.
// Way back  delete this file and configs/asan.h.
// Evidence  docs/boxes/0003-asan-poison.md
#pragma once

#include "boxes/box.h"
#include "heap/concepts.h"

extern "C" void __asan_poison_memory_region(const volatile void* address, std::size_t bytes);
extern "C" void __asan_unpoison_memory_region(const volatile void* address, std::size_t bytes);

namespace hakmem::boxes {

struct AsanPoison {
  static constexpr Card card{.name = "asan_poison",
                             .boundary = "heap/thread_heap.h hand_out, push",
                             .status = Status::opt_in,
                             .evidence = "docs/boxes/0003-asan-poison.md"};
  static constexpr bool active = true;

  static void allocated(void* block, std::size_t bytes, std::size_t all_bytes) {
    __asan_unpoison_memory_region(block, bytes);
    __asan_poison_memory_region(static_cast<std::byte*>(block) + bytes, all_bytes - bytes);
  }
  static void freed(void* block, std::size_t all_bytes) {
    __asan_poison_memory_region(block, all_bytes);
  }
};

static_assert(heap::PoisonPolicy<AsanPoison>);

}  // namespace hakmem::boxes
