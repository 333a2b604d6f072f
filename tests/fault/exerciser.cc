// exerciser.cc: uses every part of the allocator, and survives a refusal anywhere.
//
// Run by fault_test.py with HAKMEM_FAULT naming the system call to refuse. A block may be refused
// with ENOMEM; nothing else may go wrong: contents stay, structures stay whole, and once the fault
// has passed, memory is to be had again. Returns 0 if all that holds, 1 and a line if not.
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "hakmem.h"

namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
constexpr std::size_t os_page_bytes = 4096;

void require(bool condition, const char* what) {
  if (condition) return;
  // No stream: it would allocate.
  char text[160];
  const int length = std::snprintf(text, sizeof(text), "exerciser: not so: %s\n", what);
  if (write(STDERR_FILENO, text, static_cast<std::size_t>(length)) < 0) _exit(2);
  _exit(1);
}

void sleep_milliseconds(long milliseconds) {
  const timespec duration{.tv_sec = milliseconds / 1000,
                          .tv_nsec = milliseconds % 1000 * 1'000'000};
  nanosleep(&duration, nullptr);
}

// A block that knows what it holds: its first and last byte and one in each OS page.
struct Held {
  unsigned char* start = nullptr;
  std::size_t bytes = 0;
  unsigned char mark = 0;
};

void write_marks(const Held& held) {
  for (std::size_t i = 0; i < held.bytes; i += os_page_bytes) held.start[i] = held.mark;
  held.start[held.bytes - 1] = held.mark;
}

bool pages_stand(const Held& held, std::size_t up_to) {
  for (std::size_t i = 0; i < up_to; i += os_page_bytes) {
    if (held.start[i] != held.mark) return false;
  }
  return true;
}

bool marks_stand(const Held& held) {
  return pages_stand(held, held.bytes) && held.start[held.bytes - 1] == held.mark;
}

unsigned refusals = 0;

// Counts a refusal and insists on its form.
void* refused() {
  require(errno == ENOMEM, "a refusal sets ENOMEM");
  __atomic_fetch_add(&refusals, 1, __ATOMIC_RELAXED);
  return nullptr;
}

Held take(std::size_t bytes, unsigned char mark) {
  errno = 0;
  void* const block = mark % 5 == 0 ? hak_calloc(1, bytes) : hak_malloc(bytes);
  if (block == nullptr) {
    refused();
    return {};
  }
  Held held{static_cast<unsigned char*>(block), bytes, mark};
  if (mark % 5 == 0) {
    for (std::size_t i = 0; i < bytes; i += os_page_bytes) {
      require(held.start[i] == 0, "calloc gives zeros");
    }
  }
  write_marks(held);
  return held;
}

void give(Held& held) {
  if (held.start == nullptr) return;
  require(marks_stand(held), "contents stay");
  hak_free(held.start);
  held = {};
}

void resize(Held& held, std::size_t bytes) {
  if (held.start == nullptr) return;
  errno = 0;
  void* const block = hak_realloc(held.start, bytes);
  if (block == nullptr) {
    refused();
    require(marks_stand(held), "a refused realloc leaves the block alone");
    return;
  }
  held.start = static_cast<unsigned char*>(block);
  require(pages_stand(held, std::min(bytes, held.bytes)), "realloc keeps the contents");
  held.bytes = bytes;
  write_marks(held);
}

constexpr unsigned round_blocks = 400;

// Small, pool and large blocks, given back in another order.
void work(unsigned seed) {
  static constexpr std::size_t sizes[] = {16,   48,     200,    700,     1024,    1500,
                                          4096, 12'000, 40'000, 100'000, 300'000, 16};
  Held held[round_blocks];
  for (unsigned i = 0; i < round_blocks; ++i) {
    held[i] = take(sizes[(i * 7 + seed) % 12], static_cast<unsigned char>(i + seed));
  }
  for (unsigned i = 0; i < round_blocks; i += 3) resize(held[i], sizes[(i + seed) % 12] * 2);
  for (unsigned i = 0; i < round_blocks; ++i) give(held[(i * 149 + seed) % round_blocks]);
}

void* work_in_thread(void* seed) {
  for (unsigned round = 0; round < 4; ++round) {
    work(static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(seed)) + round);
  }
  return nullptr;
}

// Threads at the same time, in two generations: heaps, owners, keys, parking, adoption.
void work_in_threads() {
  constexpr unsigned thread_count = 12;
  for (unsigned generation = 0; generation < 2; ++generation) {
    pthread_t threads[thread_count];
    bool started[thread_count];
    for (unsigned i = 0; i < thread_count; ++i) {
      started[i] = pthread_create(&threads[i], nullptr, work_in_thread,
                                  reinterpret_cast<void*>(std::uintptr_t{i})) == 0;
    }
    for (unsigned i = 0; i < thread_count; ++i) {
      if (started[i]) pthread_join(threads[i], nullptr);
    }
  }
}

// Blocks of this size have mappings of their own where HAKMEM_ARENA is 64M.
void work_with_mapped_blocks() {
  Held held[6];
  for (unsigned i = 0; i < 6; ++i) held[i] = take(24 * mib, static_cast<unsigned char>(i + 1));
  for (Held& each : held) resize(each, 40 * mib);
  for (Held& each : held) resize(each, 20 * mib);
  for (Held& each : held) give(each);
}

// A large block between two others has to move, with its memory.
void work_with_moving_blocks() {
  for (unsigned round = 0; round < 3; ++round) {
    Held moving = take(3 * mib, 9);
    Held wall = take(2 * mib, 8);
    resize(moving, 5 * mib);
    resize(moving, 9 * mib);
    give(wall);
    give(moving);
  }
}

// More than the first arena holds.
void work_beyond_the_arena() {
  constexpr unsigned count = 60;
  static Held held[count];
  for (unsigned i = 0; i < count; ++i) held[i] = take(2 * mib - 64 * kib, 3);
  for (Held& each : held) give(each);
}

// Leaves free and half-free pages behind and has them purged.
void work_with_purges() {
  constexpr unsigned count = 4000;
  static Held held[count];
  for (unsigned i = 0; i < count; ++i) held[i] = take(4000, static_cast<unsigned char>(i));
  for (unsigned i = 0; i < count; ++i) {
    if (i % 64 >= 2) give(held[i]);
  }
  hak_trim(0);
  for (Held& each : held) give(each);
  hak_trim(0);
}

// Dirty memory while another thread lives: a helper may be started to return it.
void work_for_the_helper() {
  pthread_t thread;
  const bool started = pthread_create(
                           &thread, nullptr,
                           [](void*) -> void* {
                             work(77);
                             sleep_milliseconds(400);
                             return nullptr;
                           },
                           nullptr) == 0;
  for (unsigned round = 0; round < 3; ++round) {
    Held held[64];
    for (Held& each : held) each = take(700 * kib, 4);
    for (Held& each : held) give(each);
    sleep_milliseconds(60);
  }
  if (started) pthread_join(thread, nullptr);
}

// Enough live memory for huge pages to be worth their while.
void work_with_dense_memory() {
  constexpr unsigned count = 1200;
  static Held held[count];
  for (unsigned i = 0; i < count; ++i) held[i] = take(128 * kib, 6);
  for (Held& each : held) give(each);
}

void work_in_a_child() {
  const pid_t child = fork();
  if (child < 0) return;
  if (child == 0) {
    work(5);
    require(hak_check_invariants() == 0, "the structures are whole in the child");
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child survives");
}

// A fault that has passed leaves nothing behind.
void require_memory_again() {
  const unsigned before = refusals;
  for (const std::size_t bytes : {16UL, 1000UL, 5000UL, 30'000UL, 200'000UL, 3 * mib}) {
    // The fault may strike here for the first time: then the second attempt counts.
    Held held = take(bytes, 2);
    if (held.start == nullptr) held = take(bytes, 2);
    require(held.start != nullptr, "memory is to be had again");
    give(held);
  }
  require(refusals <= before + 1, "one refusal at most");
}

}  // namespace

int main() {
  work(1);
  work_in_threads();
  work_with_mapped_blocks();
  work_with_moving_blocks();
  work_with_purges();
  work_beyond_the_arena();
  work_with_dense_memory();
  work_for_the_helper();
  work_in_a_child();
  hak_trim(0);
  // Faults that are to last are not followed by memory.
  if (std::getenv("EXERCISER_FAULT_LASTS") == nullptr) require_memory_again();
  hak_statistics statistics{};
  statistics.size = sizeof(statistics);
  require(hak_get_statistics(&statistics) == 0, "there are statistics");
  require(statistics.error_count == 0, "no error was met");
  require(hak_check_invariants() == 0, "the structures are whole");
  std::printf("refusals=%u\n", refusals);
  return 0;
}
