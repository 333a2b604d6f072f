// tested_api.cc: the hak_ functions.
#include "tested_allocator.h"

namespace tested {

const bool serves_whole_program = false;

void* allocate(std::size_t bytes) { return hak_malloc(bytes); }
void* allocate_zeroed(std::size_t count, std::size_t bytes) { return hak_calloc(count, bytes); }
void* allocate_aligned(std::size_t alignment, std::size_t bytes) {
  void* block = nullptr;
  return hak_posix_memalign(&block, alignment, bytes) == 0 ? block : nullptr;
}
void* resize(void* block, std::size_t bytes) { return hak_realloc(block, bytes); }
void release(void* block) { hak_free(block); }
std::size_t usable_bytes(void* block) { return hak_usable_size(block); }

hak_statistics statistics() {
  hak_statistics snapshot = {};
  snapshot.size = sizeof snapshot;
  hak_get_statistics(&snapshot);
  return snapshot;
}

std::size_t check_invariants() { return hak_check_invariants(); }

}  // namespace tested
