// timer_test.cc: a 10 kHz timer interrupts malloc and free; its handler takes a backtrace or forks.
//
// Half of the time one process-wide setitimer signals any of four hammering threads, then each
// thread has a timer of its own (timer_create, SIGEV_THREAD_ID). Every 200th signal the handler
// calls fork, and the child _exit: fork inside an interrupted malloc must not wait for a lock that
// the interrupted code holds. backtrace is called once before, so that its library is loaded.
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "support.h"

namespace {

using process_test::ExchangeTable;
using process_test::library;
using process_test::Random;
using process_test::require;

constexpr int thread_count = 4;
constexpr std::int64_t phase_ms = 4'000;
constexpr long interval_ns = 100'000;  // 10 kHz
constexpr std::uint64_t signals_per_fork = 200;
constexpr std::uint64_t fewest_signals = 2'000;  // in each phase
constexpr std::uint64_t fewest_forks = 5;

ExchangeTable table;
std::atomic<bool> stopping;
std::atomic<std::uint64_t> signal_count;
std::atomic<std::uint64_t> frame_count;
std::atomic<std::uint64_t> fork_count;
std::atomic<std::uint64_t> bad_child_count;

void interrupt(int) {
  const int saved_errno = errno;
  const std::uint64_t number = ++signal_count;
  if (number % signals_per_fork != 0) {
    void* frames[32];
    frame_count += backtrace(frames, 32);
  } else {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    int status = 1;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) ++bad_child_count;
    ++fork_count;
  }
  errno = saved_errno;
}

timer_t start_own_timer() {
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGUSR1;
  event._sigev_un._tid = gettid();
  timer_t timer;
  require(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0, "timer_create");
  const itimerspec period = {{0, interval_ns}, {0, interval_ns}};
  require(timer_settime(timer, 0, &period, nullptr) == 0, "timer_settime");
  return timer;
}

struct Worker {
  pthread_t thread;
  std::uint64_t seed;
  bool has_timer;
  std::uint64_t operation_count;
};

void* hammer(void* argument) {
  auto* const worker = static_cast<Worker*>(argument);
  Random random(worker->seed);
  timer_t timer = {};
  if (worker->has_timer) timer = start_own_timer();
  while (!stopping.load(std::memory_order_relaxed)) {
    table.replace_one(random);
    ++worker->operation_count;
  }
  if (worker->has_timer) timer_delete(timer);
  return nullptr;
}

void set_process_timer(long microseconds) {
  const itimerval period = {{0, microseconds}, {0, microseconds}};
  require(setitimer(ITIMER_REAL, &period, nullptr) == 0, "setitimer");
}

void run_phase(const char* name, bool with_own_timers) {
  signal_count = frame_count = fork_count = 0;
  stopping = false;
  Worker workers[thread_count] = {};
  for (int i = 0; i < thread_count; ++i) {
    workers[i].seed = i + 1;
    workers[i].has_timer = with_own_timers;
    require(pthread_create(&workers[i].thread, nullptr, hammer, &workers[i]) == 0, "thread");
  }
  if (!with_own_timers) set_process_timer(interval_ns / 1000);
  process_test::sleep_ms(phase_ms);
  // A busy machine needs longer; the watchdog ends what never comes.
  while (signal_count < fewest_signals || fork_count <= fewest_forks) process_test::sleep_ms(10);
  if (!with_own_timers) set_process_timer(0);
  stopping = true;
  std::uint64_t operations = 0;
  for (Worker& worker : workers) {
    pthread_join(worker.thread, nullptr);
    operations += worker.operation_count;
  }
  std::printf(
      "%s: signals=%llu frames=%llu forks=%llu operations=%llu\n", name,
      static_cast<unsigned long long>(signal_count), static_cast<unsigned long long>(frame_count),
      static_cast<unsigned long long>(fork_count), static_cast<unsigned long long>(operations));
  require(frame_count > signal_count, "the handler saw no frames");
  require(bad_child_count == 0, "a child of the handler failed");
  require(operations > 1'000, "the threads made no progress");
}

}  // namespace

int main() {
  process_test::start_watchdog(120);
  void* frames[4];
  require(backtrace(frames, 4) > 0, "backtrace");
  struct sigaction action = {};
  action.sa_handler = interrupt;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);  // a second signal must not find the first one inside fork
  require(sigaction(SIGALRM, &action, nullptr) == 0 && sigaction(SIGUSR1, &action, nullptr) == 0,
          "sigaction");
  run_phase("setitimer", false);
  run_phase("timer_create", true);
  table.drain();
  require(library().check_invariants() == 0, "violations after the timers");
  return 0;
}
