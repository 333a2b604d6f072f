// counting_malloc.cc: a library to preload before an allocator: counts the calls of the whole
// process, passes them on, and writes the counts to the file that COUNTING_MALLOC_FILE names. With
// them, how many calls there were between the first and the last look of anybody at the clock, and
// how many blocks were live at a look: most, and at the last one.
#include <dlfcn.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

// The next library's functions; the flag tells a call from within their look-up.
void* (*next_malloc)(std::size_t) = nullptr;
void* (*next_calloc)(std::size_t, std::size_t) = nullptr;
void* (*next_realloc)(void*, std::size_t) = nullptr;
int (*next_clock_gettime)(clockid_t, timespec*) = nullptr;
int (*next_posix_memalign)(void**, std::size_t, std::size_t) = nullptr;
void* (*next_aligned_alloc)(std::size_t, std::size_t) = nullptr;
void (*next_free)(void*) = nullptr;
bool looking_up = false;

// What the look-up itself allocates; never freed, never counted.
alignas(std::max_align_t) unsigned char own_memory[4096];
std::size_t own_used = 0;

bool is_own(const void* block) {
  return reinterpret_cast<std::uintptr_t>(block) - reinterpret_cast<std::uintptr_t>(own_memory) <
         sizeof(own_memory);
}

void* take_own(std::size_t bytes) {
  const std::size_t step = (bytes + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) *
                           alignof(std::max_align_t);
  if (step > sizeof(own_memory) - own_used) std::abort();
  void* const block = own_memory + own_used;
  own_used += step;
  return block;
}

template <class Function>
void look_up(Function*& function, const char* name) {
  void* const address = ::dlsym(RTLD_NEXT, name);
  if (address == nullptr) std::abort();
  std::memcpy(&function, &address, sizeof(address));
}

// The first call comes before there are threads.
void look_up_all() {
  looking_up = true;
  look_up(next_calloc, "calloc");
  look_up(next_realloc, "realloc");
  look_up(next_posix_memalign, "posix_memalign");
  look_up(next_aligned_alloc, "aligned_alloc");
  look_up(next_free, "free");
  look_up(next_clock_gettime, "clock_gettime");
  look_up(next_malloc, "malloc");
  looking_up = false;
}

enum Call { call_malloc, call_calloc, call_realloc, call_aligned, call_free, call_count };
constexpr const char* call_names[] = {"malloc", "calloc", "realloc", "aligned", "free"};
std::uint64_t counts[call_count] = {};
constexpr std::uint64_t no_look_yet = ~std::uint64_t{0};
std::uint64_t calls_at_first_look = no_look_yet;
std::uint64_t calls_at_last_look = 0;
std::uint64_t live_at_last_look = 0;
std::uint64_t most_live_at_a_look = 0;

void* counted(Call call, void* block) {
  if (block != nullptr) __atomic_fetch_add(&counts[call], 1, __ATOMIC_RELAXED);
  return block;
}

std::uint64_t count_of(Call call) { return __atomic_load_n(&counts[call], __ATOMIC_RELAXED); }

void note_look() {
  const std::uint64_t allocations =
      count_of(call_malloc) + count_of(call_calloc) + count_of(call_aligned);
  const std::uint64_t calls = allocations + count_of(call_realloc) + count_of(call_free);
  std::uint64_t expected = no_look_yet;
  __atomic_compare_exchange_n(&calls_at_first_look, &expected, calls, false, __ATOMIC_RELAXED,
                              __ATOMIC_RELAXED);
  __atomic_store_n(&calls_at_last_look, calls, __ATOMIC_RELAXED);
  const std::uint64_t live = allocations - count_of(call_free);
  __atomic_store_n(&live_at_last_look, live, __ATOMIC_RELAXED);
  if (live > __atomic_load_n(&most_live_at_a_look, __ATOMIC_RELAXED)) {
    __atomic_store_n(&most_live_at_a_look, live, __ATOMIC_RELAXED);
  }
}

[[gnu::destructor]] void write_counts() {
  const char* const path = std::getenv("COUNTING_MALLOC_FILE");
  if (path == nullptr) return;
  char line[512] = "{";
  std::size_t used = 1;
  const auto add_member = [&](const char* name, std::uint64_t value) {
    used += static_cast<std::size_t>(std::snprintf(line + used, sizeof(line) - used, "\"%s\":%llu,",
                                                   name, static_cast<unsigned long long>(value)));
  };
  for (int call = 0; call < call_count; ++call) add_member(call_names[call], counts[call]);
  add_member("calls_between_looks", calls_at_last_look - calls_at_first_look);
  add_member("live_at_last_look", live_at_last_look);
  add_member("most_live_at_a_look", most_live_at_a_look);
  line[used - 1] = '}';
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 || ::write(fd, line, used) != static_cast<ssize_t>(used)) std::abort();
  ::close(fd);
}

}  // namespace

extern "C" void* malloc(std::size_t bytes) {
  if (looking_up) return take_own(bytes);
  if (next_malloc == nullptr) look_up_all();
  return counted(call_malloc, next_malloc(bytes));
}

extern "C" void* calloc(std::size_t count, std::size_t bytes) {
  if (looking_up) return take_own(count * bytes);  // fresh, so zeros
  if (next_malloc == nullptr) look_up_all();
  return counted(call_calloc, next_calloc(count, bytes));
}

extern "C" void* realloc(void* block, std::size_t bytes) {
  if (block == nullptr) return malloc(bytes);
  if (is_own(block)) std::abort();
  return counted(call_realloc, next_realloc(block, bytes));
}

extern "C" int posix_memalign(void** block, std::size_t alignment, std::size_t bytes) {
  if (next_malloc == nullptr) look_up_all();
  const int error = next_posix_memalign(block, alignment, bytes);
  if (error == 0) counted(call_aligned, *block);
  return error;
}

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  if (next_malloc == nullptr) look_up_all();
  return counted(call_aligned, next_aligned_alloc(alignment, bytes));
}

extern "C" void free(void* block) {
  if (block == nullptr || is_own(block)) return;
  counted(call_free, block);
  next_free(block);
}

// Of threads that look at the same time one may miss the other's look; the last one is alone.
extern "C" int clock_gettime(clockid_t clock, timespec* time) {
  if (next_malloc == nullptr) look_up_all();
  note_look();
  return next_clock_gettime(clock, time);
}
