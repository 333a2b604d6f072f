// slowed_malloc.cc: hakmem with a malloc that spins before it starts, to learn whether the gate
// sees a known loss and sees nothing where there is none.
//
// Libraries that it preloads would be searched after libc, so hakmem is linked into it statically.
// It is built twice from this file. In one the spin is as long as HAKMEM_SLOWED_LOOPS says, in the
// other it has no length: both pay alike for the way through this file.
#include <stdlib.h>

#include "hakmem.h"

namespace {

unsigned long loops = 0;

[[gnu::constructor]] void read_loops() {
#ifdef HAKMEM_SLOWED
  const char* const text = getenv("HAKMEM_SLOWED_LOOPS");
  if (text != nullptr) loops = strtoul(text, nullptr, 10);
#endif
}

}  // namespace

extern "C" {

void* malloc(size_t bytes) {
  for (unsigned long i = 0; i < loops; ++i) asm volatile("");
  return hak_malloc(bytes);
}

void* calloc(size_t count, size_t bytes) { return hak_calloc(count, bytes); }
void* realloc(void* block, size_t bytes) { return hak_realloc(block, bytes); }
void free(void* block) { hak_free(block); }
void* aligned_alloc(size_t alignment, size_t bytes) { return hak_aligned_alloc(alignment, bytes); }
void* memalign(size_t alignment, size_t bytes) { return hak_aligned_alloc(alignment, bytes); }
int posix_memalign(void** block, size_t alignment, size_t bytes) {
  return hak_posix_memalign(block, alignment, bytes);
}
size_t malloc_usable_size(void* block) { return hak_usable_size(block); }

}  // extern "C"
