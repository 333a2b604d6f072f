// lock.h: a lock that knows its holder.
//
// Layer os. Uncontended: one compare-and-swap to take it, one store to give it back. Waiters spin,
// yield, then sleep in short naps: most critical sections are a few hundred instructions without
// a system call (ARCHITECTURE.md lists the others). The holder's token lets fork, called from a
// signal handler that interrupted the holder, see that waiting would be for ever.
#pragma once

#include <cstdint>

#include "base/atomic.h"
#include "os/thread.h"

namespace hakmem::os {

class Lock {
 public:
  void lock() {
    if (!try_lock()) [[unlikely]]
      lock_contended();
  }
  // Acquire; pairs with the release in unlock().
  bool try_lock() {
    std::uintptr_t expected = 0;
    return holder_.compare_exchange_acquire(expected, thread_token());
  }
  void unlock() { holder_.store_release(0); }

  [[nodiscard]] bool held_by_me() const { return holder_.load_relaxed() == thread_token(); }

  // Around fork, in whose window one thread holds every lock: one that it held before stays its
  // own.
  void lock_for_fork() {
    const bool mine = held_by_me();
    if (!mine) lock();
    held_before_fork_ = mine;
  }
  void unlock_after_fork() {
    if (!held_before_fork_) unlock();
  }

 private:
  [[gnu::noinline, gnu::cold]] void lock_contended() {
    for (unsigned round = 0; !try_lock(); ++round) wait_a_moment(round);
  }

  Atomic<std::uintptr_t> holder_;  // any thread: 0, or the holder's token
  bool held_before_fork_ = false;  // the holder's
};

class LockGuard {
 public:
  explicit LockGuard(Lock& lock) : lock_(lock) { lock_.lock(); }
  ~LockGuard() { lock_.unlock(); }
  LockGuard(const LockGuard&) = delete;
  LockGuard& operator=(const LockGuard&) = delete;

 private:
  Lock& lock_;
};

}  // namespace hakmem::os
