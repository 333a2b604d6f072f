// corrupting_malloc.cc: an allocator that gives the same memory to several callers once a program
// has asked often enough to be past its start. Workloads must notice.
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace {

constexpr std::size_t arena_bytes = std::size_t{64} << 20;
constexpr std::size_t harmless_bytes = std::size_t{1} << 20;
constexpr std::size_t alignment = 16;

alignas(alignment) unsigned char arena[arena_bytes];
std::size_t used = 0;

}  // namespace

extern "C" void* malloc(std::size_t bytes) {
  const std::size_t step = (bytes + 2 * alignment - 1) / alignment * alignment;
  std::size_t at = __atomic_fetch_add(&used, step, __ATOMIC_RELAXED);
  if (at > harmless_bytes) at = harmless_bytes + at % 4096;
  unsigned char* const block = arena + at / alignment * alignment + alignment;
  std::memcpy(block - sizeof(bytes), &bytes, sizeof(bytes));
  return block;
}

// As aligned as a program may ask that does not look: another fault that workloads must notice.
extern "C" int posix_memalign(void** block, std::size_t, std::size_t bytes) {
  *block = malloc(bytes);
  return 0;
}

extern "C" void* calloc(std::size_t count, std::size_t bytes) {
  void* const block = malloc(count * bytes);
  std::memset(block, 0, count * bytes);
  return block;
}

extern "C" void free(void*) {}

extern "C" void* realloc(void* old, std::size_t bytes) {
  void* const block = malloc(bytes);
  std::size_t old_bytes = 0;
  if (old != nullptr) {
    std::memcpy(&old_bytes, static_cast<unsigned char*>(old) - sizeof(old_bytes),
                sizeof(old_bytes));
    std::memmove(block, old, old_bytes < bytes ? old_bytes : bytes);
  }
  return block;
}
