// allocator.h: the allocator as api/ sees it.
//
// Layer runtime. allocate and deallocate are the hot paths: this thread's heap, and its answer.
#pragma once

#include <cstddef>

#include "observe/statistics.h"
#include "policy/snapshot.h"
#include "runtime/active_config.h"

namespace hakmem::runtime {

// Returns `block`, which an allocation was answered with. The observe flavour counts those here, at
// the door, and again by the way each took; others count nothing.
[[gnu::always_inline]] inline void* counted(void* block) {
  if constexpr (ActiveConfig::Observer::counts) {
    if (block != nullptr) Lifecycle::current->observer().count(heap::Call::allocate);
  }
  return block;
}

// Returns a block of at least `bytes`, or null with errno = ENOMEM.
[[gnu::always_inline]] inline void* allocate(std::size_t bytes) {
  return counted(Lifecycle::current->allocate(bytes));
}

// As allocate where a small block is ready in a bin; else null, and nothing has happened. For
// callers with work to do after a refusal, who would pay a frame for calling allocate.
[[gnu::always_inline]] inline void* allocate_ready(std::size_t bytes) {
  return counted(Lifecycle::current->allocate_ready(bytes));
}

// Takes a block back; null is allowed. Preserves errno.
[[gnu::always_inline]] inline void deallocate(void* block) {
  if constexpr (ActiveConfig::Observer::counts) {
    if (block != nullptr) Lifecycle::current->observer().count(heap::Call::free);
  }
  Lifecycle::current->deallocate(block);
}

// As allocate; the first `bytes` bytes are zero.
void* allocate_zeroed(std::size_t bytes);
// As allocate, at a multiple of `alignment`, any power of two.
void* allocate_aligned(std::size_t alignment, std::size_t bytes);
// Resizes a block that is not null to `bytes` > 0. On failure null, ENOMEM, and the block stands.
void* reallocate(void* block, std::size_t bytes);
// Returns the bytes that may be used; 0 for null and for what is no block, which is reported.
std::size_t usable_size(const void* block);

// Returns free memory to the system but `keep_bytes`. True if any was returned.
bool trim(std::size_t keep_bytes);
// Free memory up to this stays with the process: mallopt's M_TRIM_THRESHOLD.
void set_trim_threshold(std::size_t bytes);
// Blocks from this size on are mapped one by one: mallopt's M_MMAP_THRESHOLD.
void set_mmap_threshold(std::size_t bytes);

void read_statistics(observe::Statistics& statistics);
void print_statistics(int descriptor);
// Returns the number of violated invariants, each reported. No other thread may run.
std::size_t check_invariants();
const policy::RouteSnapshot& snapshot();

}  // namespace hakmem::runtime
