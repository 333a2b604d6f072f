// libc_blocks.h: blocks of libc's own allocator that reach us.
//
// Layer os. Cold. They exist: what libc allocated before our symbols were bound, and what a program
// got from __libc_malloc. Such a block is told by where it lies and by libc's chunk header in front
// of it; anything doubtful is not one.
#pragma once

#include <cstddef>

namespace hakmem::os {

// Returns how many bytes of libc's block at `pointer` may be used; 0 if it is no such block.
std::size_t libc_usable_bytes(const void* pointer);
// Frees a block for which libc_usable_bytes was not 0.
void libc_free(void* pointer);

}  // namespace hakmem::os
