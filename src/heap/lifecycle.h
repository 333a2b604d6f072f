// lifecycle.h: how a thread comes by its heap and loses it.
//
// Layer heap. A thread's pointer is one of three: the starting heap (empty, the initial value), a
// live heap, the ended heap (empty for good). All three answer malloc and free; the first by making
// the second, the last through one shared heap behind a lock.
#pragma once

#include "heap/thread_heap.h"
#include "os/lock.h"

namespace hakmem::heap {

template <HeapConfig Config>
struct Lifecycle {
  using Heap = ThreadHeap<Config>;

  static inline constinit Heap starting{Mode::starting};
  static inline constinit Heap ended{Mode::ended};
  // The only thread-local of the library.
  static inline constinit thread_local Heap* current = &starting;

  // Starts the allocator if need be and gives this thread a heap; the ended heap if there is none
  // to be had; null if the allocator could not start.
  static Heap* arrive();
  // The destructor of the thread's value: parks the heap in the last round.
  static void depart(void* heap);

  // For threads without a heap of their own: one heap for all of them, behind a lock.
  static void* allocate_shared(std::size_t bytes);
  // That heap lets go of what it keeps.
  static void scavenge_shared();
  // Pages of its own for one block: when even that heap is not to be had, or this thread holds it.
  static void* allocate_without_heap(std::size_t bytes);
  static void free_without_heap(void* pointer);
  static inline constinit os::Lock shared_lock;  // taken before the registry's
  static inline constinit PageStore* shared_store = nullptr;
};

}  // namespace hakmem::heap
