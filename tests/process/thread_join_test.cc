// thread_join_test.cc: the loader frees in the midst of joins, and nothing may wait for it.
//
// glibc keeps the stacks of ended threads, and beyond 40 MiB of them gives some up: then the loader
// frees while it holds a lock that starting a thread needs. Such a free may find much to return to
// the system, but must not start the helper thread.
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "support.h"

namespace {

using process_test::require;

constexpr int worker_count = 12;
constexpr int own_count = 60;
constexpr int given_count = 8;
constexpr int round_count = 3;
constexpr unsigned deadlock_seconds = 60;

std::array<std::array<void*, given_count>, worker_count> given;
pthread_barrier_t all_are_done;

void* sleep_with_a_heap(void*) {
  // Written to in a way that no compiler drops.
  *static_cast<volatile char*>(std::malloc(100)) = 1;
  for (;;) pause();
}

// Leaves dirty pages behind, and posts that ring the joining thread's bell.
void* work(void* number) {
  std::array<void*, own_count> own;
  for (int i = 0; i < own_count; ++i) {
    own[i] = std::malloc(16 + 16 * i);
    std::memset(own[i], 1, 16 + 16 * i);
  }
  pthread_barrier_wait(&all_are_done);
  for (void* const block : own) std::free(block);
  for (void* const block : given[reinterpret_cast<std::uintptr_t>(number)]) std::free(block);
  pthread_barrier_wait(&all_are_done);
  return nullptr;
}

}  // namespace

int main() {
  alarm(deadlock_seconds);
  pthread_t sleeper;
  require(pthread_create(&sleeper, nullptr, sleep_with_a_heap, nullptr) == 0, "pthread_create");
  pthread_barrier_init(&all_are_done, nullptr, worker_count);
  for (int round = 0; round < round_count; ++round) {
    for (auto& blocks : given) {
      for (void*& block : blocks) block = std::malloc(2'000);
    }
    std::array<pthread_t, worker_count> workers;
    for (std::uintptr_t i = 0; i < worker_count; ++i) {
      require(pthread_create(&workers[i], nullptr, work, reinterpret_cast<void*>(i)) == 0,
              "pthread_create");
    }
    // All stacks are to be given up by the joins.
    usleep(500'000);
    for (const pthread_t worker : workers) require(pthread_join(worker, nullptr) == 0, "join");
  }
  std::printf("rounds=%d workers=%d\n", round_count, worker_count);
  std::fflush(stdout);
  _exit(0);
}
