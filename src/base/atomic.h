// atomic.h: shared words whose every access says its memory order.
//
// Layer base. A field of this type is written or read by more than one thread; the comment beside
// the field says by whom, and which release pairs with which acquire. There is no default order
// and there are no standalone fences, so that a race detector sees every pairing.
#pragma once

#include <atomic>

#include "build_config.h"

namespace hakmem {

template <class T>
class Atomic {
 public:
  constexpr Atomic() = default;
  constexpr explicit Atomic(T value) : value_(value) {}
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  T load_relaxed() const { return value_.load(std::memory_order_relaxed); }
  // As load_relaxed, but the compiler may make it an operand of the instruction that uses it, which
  // gcc never does with an atomic load. Only for a word read once per call on a hot path, where one
  // more instruction counts; a race detector sees the atomic it stands for.
  T load_foldable() const {
    if constexpr (build::race_detector) return load_relaxed();
    return *reinterpret_cast<const T*>(&value_);
  }
  T load_acquire() const { return value_.load(std::memory_order_acquire); }
  void store_relaxed(T value) { value_.store(value, std::memory_order_relaxed); }
  void store_release(T value) { value_.store(value, std::memory_order_release); }

  T exchange_acquire(T value) { return value_.exchange(value, std::memory_order_acquire); }
  T exchange_acq_rel(T value) { return value_.exchange(value, std::memory_order_acq_rel); }

  // On failure `expected` holds the value seen, read with the order's acquire part.
  bool compare_exchange_acquire(T& expected, T desired) {
    return value_.compare_exchange_strong(expected, desired, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }
  bool compare_exchange_release(T& expected, T desired) {
    return value_.compare_exchange_strong(expected, desired, std::memory_order_release,
                                          std::memory_order_relaxed);
  }
  bool compare_exchange_acq_rel(T& expected, T desired) {
    return value_.compare_exchange_strong(expected, desired, std::memory_order_acq_rel,
                                          std::memory_order_acquire);
  }

  T fetch_add_relaxed(T value) { return value_.fetch_add(value, std::memory_order_relaxed); }
  T fetch_sub_relaxed(T value) { return value_.fetch_sub(value, std::memory_order_relaxed); }
  T fetch_or_acq_rel(T value) { return value_.fetch_or(value, std::memory_order_acq_rel); }
  T fetch_and_acq_rel(T value) { return value_.fetch_and(value, std::memory_order_acq_rel); }

  // Adds without a read-modify-write: for counters that one thread writes and others read.
  void add_by_owner(T value) { store_relaxed(static_cast<T>(load_relaxed() + value)); }

 private:
  std::atomic<T> value_{};
  static_assert(std::atomic<T>::is_always_lock_free);
};

}  // namespace hakmem
