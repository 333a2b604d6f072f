// known_malloc.cc: an allocator whose cost is known. Built twice: one has KNOWN_NOPS instructions
// more in each malloc, and a system call in every KNOWN_CALLS_PER_SYSTEM_CALL-th, where the other
// has so good as none. What is counted of the two must differ by exactly that.
//
// Free lists by powers of two, for one thread. The size class stands before the block.
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

struct Block {
  Block* next;
};

constexpr size_t header_bytes = 16;
constexpr size_t classes = 48;
constexpr size_t step_bytes = size_t{1} << 26;

Block* free_blocks[classes];
char* fresh;
size_t fresh_bytes;
// Volatile: but for the nops both are to be the same code.
volatile unsigned long calls_to_system_call = KNOWN_CALLS_PER_SYSTEM_CALL;

size_t class_of(size_t bytes) {
  size_t id = 5;
  while ((size_t{1} << id) < bytes + header_bytes) ++id;
  return id;
}

size_t& class_before(void* block) {
  return *reinterpret_cast<size_t*>(static_cast<char*>(block) - header_bytes);
}

void* take_fresh(size_t id) {
  const size_t bytes = size_t{1} << id;
  if (fresh_bytes < bytes) {
    fresh_bytes = bytes > step_bytes ? bytes : step_bytes;
    void* const memory = mmap(nullptr, fresh_bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    fresh = static_cast<char*>(memory);
  }
  void* const block = fresh + header_bytes;
  class_before(block) = id;
  fresh += bytes;
  fresh_bytes -= bytes;
  return block;
}

}  // namespace

extern "C" {

void* malloc(size_t bytes) {
  asm volatile(".rept %c0\n\tnop\n\t.endr" ::"i"(KNOWN_NOPS));
  calls_to_system_call = calls_to_system_call - 1;
  if (calls_to_system_call == 0) {
    calls_to_system_call = KNOWN_CALLS_PER_SYSTEM_CALL;
    getppid();
  }
  const size_t id = class_of(bytes);
  Block* const block = free_blocks[id];
  if (block == nullptr) return take_fresh(id);
  free_blocks[id] = block->next;
  return block;
}

void free(void* block) {
  if (block == nullptr) return;
  Block* const freed = static_cast<Block*>(block);
  freed->next = free_blocks[class_before(block)];
  free_blocks[class_before(block)] = freed;
}

void* calloc(size_t count, size_t bytes) {
  void* const block = malloc(count * bytes);
  if (block != nullptr) memset(block, 0, count * bytes);
  return block;
}

void* realloc(void* block, size_t bytes) {
  if (block == nullptr) return malloc(bytes);
  const size_t old_bytes = (size_t{1} << class_before(block)) - header_bytes;
  if (bytes <= old_bytes) return block;
  void* const moved = malloc(bytes);
  if (moved != nullptr) memcpy(moved, block, old_bytes);
  free(block);
  return moved;
}

// Nothing that is counted asks for one; libc's own would be free's undoing.
int posix_memalign(void**, size_t, size_t) { return ENOMEM; }

}  // extern "C"
