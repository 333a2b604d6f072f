// threads.h: start threads together, time them, join them.
#pragma once

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/clock.h"
#include "support/mapped_array.h"

namespace workload {

inline constexpr uint64_t max_threads = 256;

inline void start_thread(pthread_t& thread, void* (*body)(void*), void* argument) {
  const int error = pthread_create(&thread, nullptr, body, argument);
  if (error == 0) return;
  fprintf(stderr, "cannot start a thread (error %d)\n", error);
  exit(1);
}

// Waits for another thread to move on: a short spin, then the core is offered to others, because
// there may be more threads than cores.
class Backoff {
 public:
  void wait() {
    if (++turns_ % spins_per_yield == 0) {
      sched_yield();
    } else {
      __asm__ __volatile__("" ::: "memory");
    }
  }

 private:
  static constexpr unsigned spins_per_yield = 64;
  unsigned turns_ = 0;
};

// Calls body(i) in `count` threads that start together; returns the seconds from the start of the
// first (by its own clock: who waits for them may be woken late) to the end of the last.
template <class Body>
double run_threads(unsigned count, Body& body) {
  struct Start {
    Body* body;
    pthread_barrier_t* barrier;
    unsigned index;
    double seconds;  // when it started
  };
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, count + 1);
  MappedArray<Start> starts(count);
  MappedArray<pthread_t> threads(count);
  for (unsigned i = 0; i < count; ++i) {
    starts[i] = {&body, &barrier, i, 0};
    start_thread(
        threads[i],
        [](void* argument) -> void* {
          Start& start = *static_cast<Start*>(argument);
          pthread_barrier_wait(start.barrier);
          start.seconds = now_seconds();
          (*start.body)(start.index);
          return nullptr;
        },
        &starts[i]);
  }
  pthread_barrier_wait(&barrier);
  for (unsigned i = 0; i < count; ++i) pthread_join(threads[i], nullptr);
  const double end = now_seconds();
  pthread_barrier_destroy(&barrier);
  double start = end;
  for (unsigned i = 0; i < count; ++i) {
    if (starts[i].seconds < start) start = starts[i].seconds;
  }
  return end - start;
}

}  // namespace workload
