// tested_allocator.h: the allocator that the stress program loads.
//
// Two bodies, chosen by the build: tested_malloc.cc calls the malloc names (the program is run
// preloaded, or linked with the static library), tested_api.cc calls the hak_ functions (sanitizer
// trees, where malloc belongs to the sanitizer).
#pragma once

#include <cstddef>

#include "hakmem.h"

namespace tested {

// Whether the allocator also serves the rest of the program: then a few blocks are always alive.
extern const bool serves_whole_program;

void* allocate(std::size_t bytes);
void* allocate_zeroed(std::size_t count, std::size_t bytes);
void* allocate_aligned(std::size_t alignment, std::size_t bytes);
void* resize(void* block, std::size_t bytes);
void release(void* block);
std::size_t usable_bytes(void* block);

// Returns a snapshot of hakmem's statistics; ends the program if it is not hakmem that serves.
hak_statistics statistics();
std::size_t check_invariants();

}  // namespace tested
