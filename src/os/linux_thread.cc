// linux_thread.cc: thread.h on Linux with glibc.
#include "os/thread.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#include "base/bits.h"
#include "os/linux_syscall.h"

namespace hakmem::os {

static_assert(thread_end_rounds == PTHREAD_DESTRUCTOR_ITERATIONS - (build::race_detector ? 1 : 0),
              "a heap is parked in the last round, when nobody's destructor frees any more");

namespace {

constinit pthread_key_t thread_key = 0;
constinit bool has_thread_key = false;

void* run_body(void* body) {
  reinterpret_cast<void (*)()>(body)();
  return nullptr;
}

}  // namespace

void wait_a_moment(unsigned round) {
  constexpr unsigned spins = 64;
  constexpr unsigned yields = 32;
  if (round < spins) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  } else if (round < spins + yields) {
    raw_syscall(SYS_sched_yield);
  } else {
    sleep(50'000);
  }
}

void sleep(std::uint64_t nanoseconds) {
  const timespec duration{.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000),
                          .tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000)};
  raw_syscall(SYS_nanosleep, reinterpret_cast<long>(&duration), 0);
}

bool start_thread(Site site, void (*body)()) {
  if (refused(site)) return false;
  constexpr std::size_t stack_bytes = 128 * kib;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, run_body, reinterpret_cast<void*>(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return error == 0;
}

bool create_thread_key(Site site, void (*at_end)(void*)) {
  if (refused(site)) return false;
  has_thread_key = pthread_key_create(&thread_key, at_end) == 0;
  return has_thread_key;
}

bool set_thread_value(Site site, void* value) {
  if (refused(site) || !has_thread_key) return false;
  return pthread_setspecific(thread_key, value) == 0;
}

bool register_fork_handlers(Site site, void (*before)(), void (*in_parent)(), void (*in_child)()) {
  if (refused(site)) return false;
  return pthread_atfork(before, in_parent, in_child) == 0;
}

}  // namespace hakmem::os
