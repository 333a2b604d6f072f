// large.h: blocks beyond the pool: page-exact runs, and mappings of their own.
//
// Layer large. Cold. A large block is a run of pages whose first page bears the large tag; what is
// freed stays dirty in the region for the next one, so an allocate/free pair makes no system call.
// Blocks beyond a quarter of the arena, beyond the caller's threshold, with an alignment no segment
// offers, or for which the arena has no room, are mapped and kept in a table of their own.
//
// G1  Whoever holds the block alone changes its run's metadata.
// G2  The bytes behind the block's length up to the end of the run are never touched.
#pragma once

#include <cstddef>

#include "region/arena.h"

namespace hakmem::large {

// A block, or null; and whether it is known to read as zeros.
struct Fresh {
  void* block = nullptr;
  bool zeroed = false;
};

// Whether such a block is to take pages of the region; otherwise it is mapped.
[[nodiscard]] bool takes_pages(std::size_t bytes, std::size_t alignment);

// Returns a block of at least `bytes` at a multiple of `alignment` (any power of two).
Fresh allocate(std::size_t bytes, std::size_t alignment);

// Frees the block at `ref`, whose tag says large. False if two threads free it at once: reported.
bool deallocate(region::PageRef ref);
[[nodiscard]] std::size_t usable_bytes(region::PageRef ref);

// Resizes in place, by moving pages, or not at all: null, and the block is as it was.
void* reallocate(region::PageRef ref, std::size_t bytes);

// The same for mapped blocks, found by their address. False, 0, null: no such block.
bool deallocate_mapped(void* block);
[[nodiscard]] std::size_t usable_mapped(const void* block);
void* reallocate_mapped(void* block, std::size_t bytes);

// Blocks of at least this many bytes are mapped: mallopt's M_MMAP_THRESHOLD.
void set_mmap_threshold(std::size_t bytes);

// For statistics; relaxed, exact when nobody else runs.
struct Census {
  std::size_t blocks = 0;
  std::size_t bytes = 0;
};
Census count();

// Around fork: the table of mapped blocks must not be caught half-written.
void lock_for_fork();
void unlock_after_fork();

}  // namespace hakmem::large
