// fork_test.cc: 1,000 forks while eight threads allocate and free as fast as they can.
//
// A child has one thread and a snapshot of a heap that others were using. In it every block that
// the parent held must still be intact and may be freed, allocation must work, the structures must
// be sound, and what the vanished threads had ready to hand out is lost, but counted and bounded.
// Every tenth child also starts a thread, every twentieth forks a child of its own. Some children
// run beside each other, or they would get no more than a ninth of the processors.
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
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
using process_test::statistics;

constexpr int thread_count = 8;
constexpr int fork_count = 1000;
constexpr int children_at_once = 6;
// A heap keeps its byte budget (256 KiB) in depots, as much in outboxes, and in each of its hundred
// or so bins at most an eighth of the budget or two blocks: together less than 4 MiB.
constexpr std::size_t loss_bound_bytes = std::size_t{thread_count} << 22;

ExchangeTable table;
std::atomic<bool> stopping;
std::atomic<std::uint64_t> operation_count;

void* hammer(void* seed) {
  Random random(reinterpret_cast<std::uintptr_t>(seed));
  std::uint64_t done = 0;
  while (!stopping.load(std::memory_order_relaxed)) {
    table.replace_one(random);
    ++done;
  }
  operation_count += done;
  return nullptr;
}

void* use_heap(void* seed) {
  Random random(reinterpret_cast<std::uintptr_t>(seed));
  for (int i = 0; i < 500; ++i) table.replace_one(random);
  return nullptr;
}

void check_heap(std::size_t loss_bound) {
  const std::size_t violations = library().check_invariants();
  require(violations == 0, "%zu violations in a child", violations);
  const std::size_t lost = statistics().abandoned_bytes;
  require(lost <= loss_bound, "%zu bytes were abandoned, at most %zu may be", lost, loss_bound);
}

void run_child(int number) {
  alarm(60);  // a deadlock ends as a signal that the parent reports
  check_heap(loss_bound_bytes);
  const std::size_t freed = table.drain();
  require(freed > 0, "the child inherited no block");
  use_heap(reinterpret_cast<void*>(std::uintptr_t(number) + 1));
  if (number % 10 == 0) {
    pthread_t thread;
    require(pthread_create(&thread, nullptr, use_heap, nullptr) == 0, "pthread_create in a child");
    pthread_join(thread, nullptr);
  }
  if (number % 20 == 0) {
    const pid_t grandchild = fork();
    require(grandchild >= 0, "fork in a child: %s", std::strerror(errno));
    if (grandchild == 0) {
      alarm(60);
      table.drain();
      check_heap(2 * loss_bound_bytes);
      _exit(0);
    }
    int status = 0;
    require(waitpid(grandchild, &status, 0) == grandchild && status == 0, "grandchild: status %#x",
            static_cast<unsigned>(status));
  }
  table.drain();
  check_heap(loss_bound_bytes);
  _exit(0);
}

void wait_for_child() {
  int status = 0;
  const pid_t child = waitpid(-1, &status, 0);
  require(child > 0, "waitpid: %s", std::strerror(errno));
  require(status == 0, "child %d ended with status %#x", child, static_cast<unsigned>(status));
}

}  // namespace

int main() {
  process_test::start_watchdog(600);
  static_cast<void>(library());
  Random random(99);
  for (std::size_t i = 0; i < ExchangeTable::slot_count; ++i) table.replace_one(random);

  pthread_t threads[thread_count];
  for (int i = 0; i < thread_count; ++i) {
    void* const seed = reinterpret_cast<void*>(std::uintptr_t(i) + 1);
    require(pthread_create(&threads[i], nullptr, hammer, seed) == 0, "pthread_create");
  }
  for (int i = 0; i < fork_count; ++i) {
    if (i >= children_at_once) wait_for_child();
    const pid_t child = fork();
    require(child >= 0, "fork: %s", std::strerror(errno));
    if (child == 0) run_child(i);
  }
  for (int i = 0; i < children_at_once; ++i) wait_for_child();
  stopping = true;
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
  table.drain();
  require(library().check_invariants() == 0, "violations in the parent");
  require(statistics().abandoned_bytes == 0, "the parent lost bytes");
  std::printf("forks=%d operations=%llu\n", fork_count,
              static_cast<unsigned long long>(operation_count.load()));
  return 0;
}
