// counting_preload.cc: another preloaded object that wraps malloc, for tests of stacked preloads.
//
// It counts the calls it sees and passes them on to the next definition, as heap profilers do.
#include <dlfcn.h>
#include <stddef.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

namespace {

std::atomic<unsigned long> malloc_count;
std::atomic<unsigned long> free_count;

template <typename Function>
Function next(std::atomic<Function>& cache, const char* name) {
  Function found = cache.load(std::memory_order_relaxed);
  if (found == nullptr) {
    found = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
    cache.store(found, std::memory_order_relaxed);
  }
  return found;
}

[[gnu::destructor]] void report() {
  char line[80];
  const int length = std::snprintf(line, sizeof line, "counting_preload: mallocs=%lu frees=%lu\n",
                                   malloc_count.load(), free_count.load());
  static_cast<void>(!write(STDERR_FILENO, line, static_cast<size_t>(length)));
}

}  // namespace

extern "C" {

void* malloc(size_t bytes) {
  static std::atomic<void* (*)(size_t)> cache;
  malloc_count.fetch_add(1, std::memory_order_relaxed);
  return next(cache, "malloc")(bytes);
}

void free(void* block) {
  static std::atomic<void (*)(void*)> cache;
  free_count.fetch_add(1, std::memory_order_relaxed);
  next(cache, "free")(block);
}
}
