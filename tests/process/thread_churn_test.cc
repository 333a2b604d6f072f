// thread_churn_test.cc: 10,000 short threads which leave blocks behind for others to free.
//
// Four run at a time. What a dead thread leaves must be found again by its successors, so neither
// the resident bytes nor the number of heaps may grow once the first thousand have passed.
#include <pthread.h>

#include <cstdio>
#include <cstdlib>

#include "support.h"

namespace {

using process_test::ExchangeTable;
using process_test::library;
using process_test::Random;
using process_test::require;

constexpr int thread_count = 10'000;
constexpr int warm_up_count = 1'000;
constexpr int at_a_time = 4;
constexpr std::size_t growth_bound_bytes = 8 << 20;

ExchangeTable table;

void* live_shortly(void* seed) {
  Random random(reinterpret_cast<std::uintptr_t>(seed) + 1);
  for (int i = 0; i < 200; ++i) table.replace_one(random);
  return nullptr;
}

// What a trim could return is not lost, and comes and goes with the size of the last blocks.
std::size_t resident_bytes_after_trim() {
  library().trim(0);
  return process_test::resident_bytes();
}

}  // namespace

int main() {
  process_test::start_watchdog(180);
  std::size_t warm_bytes = 0;
  for (int started = 0; started < thread_count; started += at_a_time) {
    pthread_t threads[at_a_time];
    for (int i = 0; i < at_a_time; ++i) {
      void* const seed = reinterpret_cast<void*>(std::uintptr_t(started) + i);
      require(pthread_create(&threads[i], nullptr, live_shortly, seed) == 0, "pthread_create");
    }
    for (pthread_t thread : threads) pthread_join(thread, nullptr);
    if (started == warm_up_count) warm_bytes = resident_bytes_after_trim();
  }
  const std::size_t end_bytes = resident_bytes_after_trim();
  const hak_statistics end = process_test::statistics();
  require(end_bytes <= warm_bytes + growth_bound_bytes, "resident bytes grew from %zu to %zu",
          warm_bytes, end_bytes);
  require(end.heap_count + end.parked_heap_count <= 4 * at_a_time, "%zu heaps live, %zu parked",
          end.heap_count, end.parked_heap_count);
  table.drain();
  require(library().check_invariants() == 0, "violations after the churn");
  std::printf("threads=%d warm_kib=%zu end_kib=%zu heaps=%zu parked=%zu\n", thread_count,
              warm_bytes >> 10, end_bytes >> 10, end.heap_count, end.parked_heap_count);
  return 0;
}
