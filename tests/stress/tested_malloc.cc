// tested_malloc.cc: the malloc names, and hakmem's own functions looked up at run time.
#include <dlfcn.h>
#include <malloc.h>

#include <cstdio>
#include <cstdlib>

#include "tested_allocator.h"

namespace tested {

namespace {

template <typename Function>
Function look_up(const char* name) {
  void* const symbol = dlsym(RTLD_DEFAULT, name);
  if (symbol == nullptr) {
    std::fprintf(stderr, "%s not found: libhakmem does not serve this program\n", name);
    std::exit(2);
  }
  return reinterpret_cast<Function>(symbol);
}

}  // namespace

const bool serves_whole_program = true;

void* allocate(std::size_t bytes) { return std::malloc(bytes); }
void* allocate_zeroed(std::size_t count, std::size_t bytes) { return std::calloc(count, bytes); }
void* allocate_aligned(std::size_t alignment, std::size_t bytes) {
  void* block = nullptr;
  return posix_memalign(&block, alignment, bytes) == 0 ? block : nullptr;
}
void* resize(void* block, std::size_t bytes) { return std::realloc(block, bytes); }
void release(void* block) { std::free(block); }
std::size_t usable_bytes(void* block) { return malloc_usable_size(block); }

hak_statistics statistics() {
  hak_statistics snapshot = {};
  snapshot.size = sizeof snapshot;
  look_up<decltype(&hak_get_statistics)>("hak_get_statistics")(&snapshot);
  return snapshot;
}

std::size_t check_invariants() {
  return look_up<decltype(&hak_check_invariants)>("hak_check_invariants")();
}

}  // namespace tested
