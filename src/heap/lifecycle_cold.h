// lifecycle_cold.h: arrival, departure, and threads without a heap.
//
// Layer heap. Cold half of Lifecycle; included where ThreadHeap's cold half is.
#pragma once

#include "heap/delivery.h"
#include "heap/lifecycle.h"
#include "heap/registry.h"
#include "heap/start_up.h"
#include "heap/thread_heap_cold.h"
#include "large/large.h"
#include "os/error.h"
#include "os/lock.h"
#include "os/thread.h"

namespace hakmem::heap {

template <HeapConfig Config>
ThreadHeap<Config>* Lifecycle<Config>::arrive() {
  if (current != &starting) return current;
  if (!start_up()) return nullptr;
  // Start-up itself may have allocated, and so made this thread's heap.
  if (current != &starting) return current;
  PageStore* const store = registry.adopt();
  if (store == nullptr) return &ended;
  Heap& heap = Heap::around(*store);
  heap.configure(snapshot_in_use());
  heap.forget_end_rounds();
  current = &heap;
  if (!os::set_thread_value(os::Site::thread_value, &heap)) {
    // Nobody will tell when this thread ends: its heap stays, like that of a thread that never
    // does.
    return current;
  }
  return current;
}

template <HeapConfig Config>
void Lifecycle<Config>::depart(void* value) {
  Heap& heap = *static_cast<Heap*>(value);
  // Other destructors still free: come back in the next round, to the last.
  if (heap.count_end_round() < os::thread_end_rounds &&
      os::set_thread_value(os::Site::thread_value, &heap)) {
    return;
  }
  current = &ended;
  heap.leave();
  registry.park(heap.store());
}

template <HeapConfig Config>
void* Lifecycle<Config>::allocate_shared(std::size_t bytes) {
  // Called back while it allocates, as when a helper thread is started.
  if (shared_lock.held_by_me()) return allocate_without_heap(bytes);
  const os::LockGuard guard(shared_lock);
  if (shared_store == nullptr) {
    shared_store = registry.adopt_shared();
    if (shared_store == nullptr) return allocate_without_heap(bytes);
    Heap::around(*shared_store).configure(snapshot_in_use());
  }
  return Heap::around(*shared_store).allocate(bytes);
}

template <HeapConfig Config>
void Lifecycle<Config>::scavenge_shared() {
  if (shared_lock.held_by_me()) return;
  const os::LockGuard guard(shared_lock);
  if (shared_store != nullptr) Heap::around(*shared_store).scavenge();
}

// Whole pages need no heap.
template <HeapConfig Config>
void* Lifecycle<Config>::allocate_without_heap(std::size_t bytes) {
  void* const block = large::allocate(bytes, page::class_step).block;
  if (block == nullptr) return os::no_memory();
  ended.observer().count(Path::allocate_large);
  return block;
}

template <HeapConfig Config>
void Lifecycle<Config>::free_without_heap(void* pointer) {
  const region::PageRef ref = region::page_at(pointer);
  const region::Route route = ref.tag().route.load_acquire();
  if (region::kind_of(route) == region::large_route) {
    if (Heap::free_large(ref, pointer)) ended.observer().count(Path::free_large);
    return;
  }
  if (route != region::no_route) {
    ended.observer().count(Path::free_home);
    const page::ClassId id = class_of_offset(region::offset_of(route));
    Config::Poison::freed(pointer, page::size_classes[id].block_bytes);
  }
  deliver_block(static_cast<page::Block*>(pointer));
}

}  // namespace hakmem::heap
