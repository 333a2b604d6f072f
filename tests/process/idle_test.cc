// idle_test.cc: a process that frees 512 MiB and then sleeps must shrink without any further call.
//
// Arguments: a size distribution (see `distributions`) and who frees:
//   single     one thread, single-threaded process
//   owners     eight threads, each frees its own share and sleeps in pause()
//   strangers  eight threads, each frees its neighbour's share and sleeps
// Sizes are mixed and freed in random order. The test runs itself once more as the sleeping
// program and reads that program's resident bytes from outside: 2 s after the last free they must
// be within 4 MiB of what they were before the first allocation.
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "support.h"

namespace {

using process_test::Random;
using process_test::require;

constexpr std::size_t total_bytes = std::size_t{512} << 20;
constexpr std::size_t bound_bytes = 4 << 20;
constexpr int sleep_before_look_ms = 2'000;
constexpr int most_threads = 8;

struct Distribution {
  std::string_view name;
  std::size_t least;
  std::size_t most;
};

constexpr std::array<Distribution, 7> distributions = {{{"16-1024", 16, 1024},
                                                        {"64", 64, 64},
                                                        {"1000", 1000, 1000},
                                                        {"4096", 4096, 4096},
                                                        {"30000", 30'000, 30'000},
                                                        {"200000", 200'000, 200'000},
                                                        {"16-200000", 16, 200'000}}};

// ---- The program that is looked at --------------------------------------------------------------

// One thread's blocks, in memory that no allocator sees.
struct Share {
  char** blocks;
  std::size_t capacity;
  std::size_t count;
};

struct Load {
  Distribution sizes;
  int thread_count;
  bool free_strangers;
  int report_descriptor;
  Share shares[most_threads];
  pthread_barrier_t barrier;
};

Load load;

void report(const char* name, std::size_t value) {
  char line[64];
  const int length = std::snprintf(line, sizeof line, "%s %zu\n", name, value);
  require(write(load.report_descriptor, line, length) == length, "write");
}

// Maps and touches room for the share's pointers, so that they are part of the start RSS.
void prepare(Share& share) {
  share.capacity = total_bytes / load.thread_count / load.sizes.least + 1;
  if (load.sizes.least != load.sizes.most) {
    share.capacity = total_bytes / load.thread_count / ((load.sizes.least + load.sizes.most) / 4);
  }
  const std::size_t bytes = share.capacity * sizeof(char*);
  void* const room =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(room != MAP_FAILED, "mmap");
  std::memset(room, 1, bytes);
  share.blocks = static_cast<char**>(room);
}

void fill(Share& share, Random& random) {
  const std::size_t spread = load.sizes.most - load.sizes.least + 1;
  std::size_t bytes = 0;
  while (bytes < total_bytes / load.thread_count) {
    const std::size_t size = load.sizes.least + random.below(spread);
    char* const block = static_cast<char*>(std::malloc(size));
    require(block != nullptr, "malloc(%zu)", size);
    std::memset(block, 0x5A, size);
    require(share.count < share.capacity, "too many blocks");
    share.blocks[share.count++] = block;
    bytes += size;
  }
}

void free_in_random_order(Share& share, Random& random) {
  for (std::size_t left = share.count; left > 0; --left) {
    std::swap(share.blocks[random.below(left)], share.blocks[left - 1]);
    std::free(share.blocks[left - 1]);
  }
}

void* run_thread(void* index_argument) {
  const int index = static_cast<int>(reinterpret_cast<std::uintptr_t>(index_argument));
  Random random(index + 1);
  pthread_barrier_wait(&load.barrier);  // all threads exist; the start RSS is taken
  pthread_barrier_wait(&load.barrier);
  fill(load.shares[index], random);
  pthread_barrier_wait(&load.barrier);  // all blocks exist; the peak RSS is taken
  pthread_barrier_wait(&load.barrier);
  const int victim = load.free_strangers ? (index + 1) % load.thread_count : index;
  free_in_random_order(load.shares[victim], random);
  pthread_barrier_wait(&load.barrier);
  for (;;) pause();
}

[[noreturn]] void sleep_as_single_thread() {
  Random random(1);
  report("start", process_test::resident_bytes());
  fill(load.shares[0], random);
  report("peak", process_test::resident_bytes());
  free_in_random_order(load.shares[0], random);
  report("freed", process_test::resident_bytes());
  for (;;) pause();
}

[[noreturn]] void sleep_as_many_threads() {
  pthread_barrier_init(&load.barrier, nullptr, load.thread_count + 1);
  for (std::uintptr_t i = 0; i < std::uintptr_t(load.thread_count); ++i) {
    pthread_t thread;
    require(pthread_create(&thread, nullptr, run_thread, reinterpret_cast<void*>(i)) == 0,
            "thread");
  }
  pthread_barrier_wait(&load.barrier);
  report("start", process_test::resident_bytes());
  pthread_barrier_wait(&load.barrier);
  pthread_barrier_wait(&load.barrier);
  report("peak", process_test::resident_bytes());
  pthread_barrier_wait(&load.barrier);
  pthread_barrier_wait(&load.barrier);
  report("freed", process_test::resident_bytes());
  for (;;) pause();
}

[[noreturn]] void run_sleeper(std::string_view sizes, std::string_view mode, int descriptor) {
  const auto* const chosen = std::find_if(distributions.begin(), distributions.end(),
                                          [&](const Distribution& d) { return d.name == sizes; });
  require(chosen != distributions.end(), "unknown size distribution");
  require(mode == "single" || mode == "owners" || mode == "strangers", "unknown mode");
  load.sizes = *chosen;
  load.thread_count = mode == "single" ? 1 : most_threads;
  load.free_strangers = mode == "strangers";
  load.report_descriptor = descriptor;
  for (int i = 0; i < load.thread_count; ++i) prepare(load.shares[i]);
  static_cast<void>(process_test::library());
  if (mode == "single") sleep_as_single_thread();
  sleep_as_many_threads();
}

// ---- The program that looks ---------------------------------------------------------------------

std::size_t read_report(std::FILE* reports, const char* expected_name) {
  char name[16] = {};
  std::size_t value = 0;
  require(std::fscanf(reports, "%15s %zu", name, &value) == 2, "the program ended early");
  require(std::strcmp(name, expected_name) == 0, "reported %s", name);
  return value;
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 4) run_sleeper(arguments[1], arguments[2], std::atoi(arguments[3]));
  require(count == 3, "usage: idle_test SIZES single|owners|strangers");
  process_test::start_watchdog(180);
  int ends[2];
  require(pipe(ends) == 0, "pipe");
  const pid_t sleeper = fork();
  require(sleeper >= 0, "fork");
  if (sleeper == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody is left behind if a require fails
    close(ends[0]);
    const std::string descriptor = std::to_string(ends[1]);
    execl("/proc/self/exe", arguments[0], arguments[1], arguments[2], descriptor.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::FILE* const reports = fdopen(ends[0], "r");
  const std::size_t start = read_report(reports, "start");
  const std::size_t peak = read_report(reports, "peak");
  const std::size_t freed = read_report(reports, "freed");
  process_test::sleep_ms(sleep_before_look_ms);
  const std::size_t asleep = process_test::resident_bytes(sleeper);
  kill(sleeper, SIGKILL);
  waitpid(sleeper, nullptr, 0);
  std::printf("sizes=%s mode=%s start_kib=%zu peak_kib=%zu freed_kib=%zu asleep_kib=%zu\n",
              arguments[1], arguments[2], start >> 10, peak >> 10, freed >> 10, asleep >> 10);
  std::fflush(stdout);
  require(peak >= start + total_bytes, "the program never held its 512 MiB");
  require(asleep <= start + bound_bytes, "asleep it holds %zu KiB more than at its start",
          (asleep - start) >> 10);
  return 0;
}
