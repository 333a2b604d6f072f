// own_malloc_program.cc: a program that was linked with an allocator and offers it to the libraries
// that it uses, as those with jemalloc in them do. It runs for a moment, so that it can be looked
// at.
#include <stddef.h>
#include <unistd.h>

namespace {

constexpr size_t arena_bytes = size_t{1} << 20;
constexpr size_t alignment = 16;

alignas(alignment) unsigned char arena[arena_bytes];
size_t used = 0;

}  // namespace

extern "C" void* malloc(size_t bytes) {
  void* const block = arena + used;
  used += (bytes + alignment - 1) / alignment * alignment;
  return used <= arena_bytes ? block : nullptr;
}

extern "C" void free(void*) {}

int main() { return usleep(200'000); }
