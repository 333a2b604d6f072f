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
constexpr int frees_between_looks = 100;
constexpr std::uint64_t frees_bound = 1'000;
constexpr int round_count = 5;

// The round's stages, passed on from one thread to the other and back.
enum class Stage { handing_out, handed_out, trimmed, drained, over };

void* blocks[block_count];
std::atomic<Stage> stage = Stage::handing_out;
std::uint64_t frees_after_trim;  // written by the looper before it says drained

void hand_out() {
  for (void*& block : blocks) {
    block = malloc(block_bytes);
    *static_cast<volatile char*>(block) = 1;
  }
  stage = Stage::handed_out;
}

// Pops and pushes the one bin. Whether its inbox is drained it sees in the statistics: nobody else
// could say within how many of its frees.
void* loop(void*) {
  for (Stage now; (now = stage) != Stage::over;) {
    if (now == Stage::handing_out) {
      hand_out();
      frees_after_trim = 0;
    }
    for (int i = 0; i < frees_between_looks; ++i) {
      char* volatile const block = static_cast<char*>(malloc(block_bytes));
      free(block);
    }
    if (now != Stage::trimmed) continue;
    frees_after_trim += frees_between_looks;
    if (statistics().kept_bytes <= kept_bound_bytes) stage = Stage::drained;
  }
  return nullptr;
}

void wait_for(Stage wanted) {
  const std::int64_t deadline = process_test::now_ms() + 20'000;
  while (stage != wanted) {
    require(process_test::now_ms() < deadline, "%zu bytes are still kept", statistics().kept_bytes);
    process_test::sleep_ms(1);
  }
}

}  // namespace

int main() {
  process_test::start_watchdog(120);
  for (void*& block : blocks) block = &block;  // touches the table before the start is measured
  const std::size_t start_bytes = process_test::resident_bytes();
  pthread_t looper;
  require(pthread_create(&looper, nullptr, loop, nullptr) == 0, "pthread_create");
  for (int round = 0; round < round_count; ++round) {
    wait_for(Stage::handed_out);
    const std::size_t full_bytes = process_test::resident_bytes();
    for (void* block : blocks) free(block);
    library().trim(0);
    stage = Stage::trimmed;
    wait_for(Stage::drained);
    library().trim(0);  // what the looper drained is free memory only now
    const std::size_t end_bytes = process_test::resident_bytes();
    std::printf(
        "round=%d looper_frees=%llu start_kib=%zu full_kib=%zu end_kib=%zu kept_bytes=%zu\n", round,
        static_cast<unsigned long long>(frees_after_trim), start_bytes >> 10, full_bytes >> 10,
        end_bytes >> 10, statistics().kept_bytes);
    require(frees_after_trim <= frees_bound, "the looper did not drain its inbox at once");
    require(end_bytes <= start_bytes + resident_bound_bytes, "%zu KiB were not given back",
            (end_bytes - start_bytes) >> 10);
    stage = round + 1 < round_count ? Stage::handing_out : Stage::over;
  }
  pthread_join(looper, nullptr);
  require(library().check_invariants() == 0, "violations after the rounds");
  return 0;
}
