// semaphore.h: a count on which threads sleep.
#pragma once

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

namespace workload {

// Who finds nothing looks a few times more, and then sleeps: with more threads than cores a thread
// that only yields would have the scheduler measured instead of the allocator.
class alignas(64) Semaphore {
 public:
  explicit Semaphore(unsigned value) {
    if (sem_init(&semaphore_, 0, value) == 0) return;
    perror("sem_init");
    exit(1);
  }

  void wait() {
    for (unsigned turn = 0; turn < spins; ++turn) {
      if (sem_trywait(&semaphore_) == 0) return;
    }
    while (sem_wait(&semaphore_) != 0 && errno == EINTR) {
    }
  }
  void post() { sem_post(&semaphore_); }

 private:
  static constexpr unsigned spins = 64;
  sem_t semaphore_;
};

}  // namespace workload
