// slowed_malloc.cc: hakmem with a malloc that spins before it starts, to learn whether the gate
// sees a known loss and sees nothing where there is none.
//
// Libraries that it preloads would be searched after libc, so hakmem is linked into it statically.
// It is built twice from this file. In one the spin is as long as HAKMEM_SLOWED_TURNS says, in the
// other it has no length: both pay alike for the way through this file. One turn of the loop in
// each malloc may cost 2 % already, so turns are counted for 16 mallocs together.
#include <stdlib.h>

#include "hakmem.h"

namespace {

constexpr unsigned long mallocs_together = 16;

unsigned long turns = 0;  // of the loop, in so many mallocs
// Whoever is first to use another model's variable in a thread may allocate it: by malloc.
[[gnu::tls_model("initial-exec")]] thread_local unsigned long owed = 0;

[[gnu::constructor]] void read_turns() {
#ifdef HAKMEM_SLOWED
  const char* const text = getenv("HAKMEM_SLOWED_TURNS");
  if (text != nullptr) turns = strtoul(text, nullptr, 10);
#endif
}

void spin() {
  for (owed += turns; owed >= mallocs_together; owed -= mallocs_together) asm volatile("");
}

}  // namespace

extern "C" {

void* malloc(size_t bytes) {
  spin();
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
