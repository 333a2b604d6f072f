// workload.cc: the program that the compatibility tests run in odd surroundings.
//
// Threads exchange blocks of mixed sizes, then large blocks grow and shrink, then everything is
// freed and trimmed, several rounds long. It needs the preloaded library and ends with one line.
// Options: --threads N, --operations N (per thread and round), --large-mib N (live at most),
// --exhaust-mappings (leaves room for few memory mappings before it starts).
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "support.h"

namespace {

using process_test::ExchangeTable;
using process_test::library;
using process_test::Random;
using process_test::require;

constexpr int most_threads = 16;
constexpr int round_count = 5;
constexpr std::size_t mappings_left = 40;

struct Options {
  std::size_t threads = 3;
  std::size_t operations = 20'000;
  std::size_t large_mib = 32;
  bool exhaust_mappings = false;
};

Options options;
ExchangeTable table;

Options parse(int count, char** arguments) {
  Options parsed;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    if (name == "--exhaust-mappings") {
      parsed.exhaust_mappings = true;
      continue;
    }
    require(i + 1 < count, "%s needs a value", arguments[i]);
    const std::size_t value = std::strtoul(arguments[++i], nullptr, 10);
    if (name == "--threads") {
      parsed.threads = value;
    } else if (name == "--operations") {
      parsed.operations = value;
    } else if (name == "--large-mib") {
      parsed.large_mib = value;
    } else {
      process_test::fail("unknown option %s", arguments[i - 1]);
    }
  }
  require(parsed.threads <= most_threads, "too many threads");
  return parsed;
}

// Maps single OS pages of alternating protection, which the kernel cannot merge, until it refuses.
void exhaust_mappings() {
  constexpr std::size_t most = 1 << 20;
  static void* mapped[most];
  std::size_t count = 0;
  for (; count < most; ++count) {
    const int protection = count % 2 == 0 ? PROT_READ : PROT_NONE;
    mapped[count] = mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped[count] == MAP_FAILED) break;
  }
  require(count > mappings_left && count < most && errno == ENOMEM, "%zu mappings fit", count);
  for (std::size_t i = 0; i < mappings_left; ++i) munmap(mapped[--count], 4096);
}

void* exchange(void* seed) {
  Random random(reinterpret_cast<std::uintptr_t>(seed));
  for (std::size_t i = 0; i < options.operations; ++i) table.replace_one(random);
  return nullptr;
}

// Keeps 16 blocks which together hold at most large_mib, of other sizes in each round.
void use_large_blocks(std::size_t round) {
  constexpr std::size_t block_count = 16;
  char* blocks[block_count] = {};
  const std::size_t most_bytes = (options.large_mib << 20) / block_count;
  for (std::size_t step = 1; step <= 4; ++step) {
    for (std::size_t i = 0; i < block_count; ++i) {
      const std::size_t bytes = most_bytes / (1 + (i + step + round) % 5) + i;
      blocks[i] = static_cast<char*>(std::realloc(blocks[i], bytes));
      require(blocks[i] != nullptr, "realloc to %zu bytes", bytes);
      require(step == 1 || blocks[i][0] == static_cast<char>(i), "block %zu was overwritten", i);
      std::memset(blocks[i], static_cast<int>(i), bytes);
    }
  }
  for (char* block : blocks) std::free(block);
}

}  // namespace

int main(int count, char** arguments) {
  options = parse(count, arguments);
  static_cast<void>(library());
  if (options.exhaust_mappings) exhaust_mappings();
  for (std::size_t round = 0; round < round_count; ++round) {
    pthread_t threads[most_threads];
    for (std::size_t i = 0; i < options.threads; ++i) {
      void* const seed = reinterpret_cast<void*>(round * most_threads + i + 1);
      require(pthread_create(&threads[i], nullptr, exchange, seed) == 0, "pthread_create");
    }
    exchange(reinterpret_cast<void*>(round + 1000));
    for (std::size_t i = 0; i < options.threads; ++i) pthread_join(threads[i], nullptr);
    table.drain();
    use_large_blocks(round);
    malloc_trim(0);
  }
  require(library().check_invariants() == 0, "violations after the workload");
  std::puts("workload passed");
  return 0;
}
