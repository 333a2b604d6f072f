// doorbell_test.cc: a thread that recirculates inside one bin is reached all the same.
//
// The looper only pops and pushes one bin: it never refills or overflows. Another thread frees
// 64 MiB of the looper's blocks and trims. The bell must make the looper's next free drain its
// inbox: kept and resident bytes fall while it loops, within a bounded number of its frees.
#include <pthread.h>
#include <stdlib.h>

#include <cstdio>

#include "support.h"

namespace {

using process_test::library;
using process_test::require;
using process_test::statistics;

constexpr std::size_t block_bytes = 64;
constexpr std::size_t block_count = std::size_t{1} << 20;  // 64 MiB
constexpr std::size_t kept_bound_bytes = 2 << 20;
constexpr std::size_t resident_bound_bytes = 8 << 20;
constexpr std::uint64_t frees_bound = 100'000;
constexpr int round_count = 5;

void* blocks[block_count];
std::atomic<bool> blocks_ready;
std::atomic<bool> stopping;
std::atomic<std::uint64_t> free_count;

// Pops and pushes the one bin until told to hand out blocks again or to end.
void* loop(void*) {
  while (!stopping) {
    if (!blocks_ready) {
      for (void*& block : blocks) {
        block = malloc(block_bytes);
        *static_cast<volatile char*>(block) = 1;
      }
      blocks_ready = true;
    }
    for (int i = 0; i < 1000; ++i) {
      char* volatile const block = static_cast<char*>(malloc(block_bytes));
      free(block);
      free_count.fetch_add(1, std::memory_order_relaxed);
    }
  }
  return nullptr;
}

// Frees the looper's blocks from this thread; returns the frees the looper made until the kept
// bytes were low, looking only between batches of the looper's frees.
std::uint64_t free_and_trim() {
  for (void* block : blocks) free(block);
  library().trim(0);
  const std::uint64_t rung_at = free_count;
  const std::int64_t deadline = process_test::now_ms() + 10'000;
  while (statistics().kept_bytes > kept_bound_bytes) {
    require(process_test::now_ms() < deadline, "%zu bytes are still kept after %llu frees",
            statistics().kept_bytes, static_cast<unsigned long long>(free_count - rung_at));
  }
  return free_count - rung_at;
}

}  // namespace

int main() {
  process_test::start_watchdog(120);
  for (void*& block : blocks) block = &block;  // touches the table before the start is measured
  const std::size_t start_bytes = process_test::resident_bytes();
  pthread_t looper;
  require(pthread_create(&looper, nullptr, loop, nullptr) == 0, "pthread_create");
  for (int round = 0; round < round_count; ++round) {
    while (!blocks_ready) process_test::sleep_ms(1);
    const std::size_t full_bytes = process_test::resident_bytes();
    const std::uint64_t frees = free_and_trim();
    library().trim(0);  // what the looper drained is free memory only now
    const std::size_t end_bytes = process_test::resident_bytes();
    std::printf(
        "round=%d looper_frees=%llu start_kib=%zu full_kib=%zu end_kib=%zu kept_bytes=%zu\n", round,
        static_cast<unsigned long long>(frees), start_bytes >> 10, full_bytes >> 10,
        end_bytes >> 10, statistics().kept_bytes);
    require(frees <= frees_bound, "the looper freed %llu times before it drained its inbox",
            static_cast<unsigned long long>(frees));
    require(end_bytes <= start_bytes + resident_bound_bytes, "%zu KiB were not given back",
            (end_bytes - start_bytes) >> 10);
    blocks_ready = false;
  }
  stopping = true;
  pthread_join(looper, nullptr);
  require(library().check_invariants() == 0, "violations after the rounds");
  return 0;
}
