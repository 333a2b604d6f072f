// spsc_ring.h: a bounded queue from one thread to one other.
//
// tail_ is written by the sender and read by the receiver, head_ the other way round; each release
// store pairs with the other side's acquire load. They stand on separate cache lines.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "support/mapped_array.h"

namespace workload {

template <class T>
class SpscRing {
 public:
  // `capacity` must be a power of two.
  SpscRing(T* items, size_t capacity) : items_(items), mask_(capacity - 1) {}

  // Returns false if the ring is full.
  bool push(T item) {
    const uint64_t tail = __atomic_load_n(&tail_, __ATOMIC_RELAXED);
    if (tail - head_seen_ > mask_) {
      head_seen_ = __atomic_load_n(&head_, __ATOMIC_ACQUIRE);
      if (tail - head_seen_ > mask_) return false;
    }
    items_[tail & mask_] = item;
    __atomic_store_n(&tail_, tail + 1, __ATOMIC_RELEASE);
    return true;
  }

  // Returns false if the ring is empty.
  bool pop(T& item) {
    const uint64_t head = __atomic_load_n(&head_, __ATOMIC_RELAXED);
    if (head == tail_seen_) {
      tail_seen_ = __atomic_load_n(&tail_, __ATOMIC_ACQUIRE);
      if (head == tail_seen_) return false;
    }
    item = items_[head & mask_];
    __atomic_store_n(&head_, head + 1, __ATOMIC_RELEASE);
    return true;
  }

 private:
  alignas(64) uint64_t tail_ = 0;
  uint64_t head_seen_ = 0;  // sender's last look at head_
  alignas(64) uint64_t head_ = 0;
  uint64_t tail_seen_ = 0;  // receiver's last look at tail_
  alignas(64) T* items_;
  size_t mask_;
};

inline bool is_power_of_two(uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

}  // namespace workload
