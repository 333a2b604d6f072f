// exchange_ring.cc: threads replace the objects of their rings at random and hand a quarter of
// them to one another through a shared table; small sizes are far more frequent than large ones.
//
// A step draws a place of the thread's own ring. The object there is freed, or, one time in four,
// exchanged for one in the shared table, and that is freed: mostly a stranger's.
#include <stdint.h>

#include "support/block.h"
#include "support/mapped_array.h"
#include "support/random.h"
#include "support/report.h"
#include "support/threads.h"

namespace {

using workload::Fill;
using workload::MappedArray;
using workload::Result;

struct Parameters {
  uint64_t threads;
  uint64_t iters;
  uint64_t min;
  uint64_t max;
  uint64_t live;
  uint64_t seed;
};

constexpr uint64_t exchanged_percent = 25;

struct alignas(128) Counts {
  uint64_t allocations;
  uint64_t frees;
  uint64_t remote_frees;
};

template <Fill fill>
void free_object(void* object, unsigned freeing_thread, Counts& counts) {
  counts.remote_frees += workload::free_tagged<fill>(object).owner != freeing_thread;
  ++counts.frees;
}

// Halves the range of sizes up to seven times, so that each octave is about equally frequent.
size_t draw_size(workload::Random& random, const Parameters& p) {
  const uint64_t span = (p.max - p.min + 1) >> random.below(8);
  return p.min + random.below(span > 0 ? span : 1);
}

template <Fill fill>
Counts exchange(const Parameters& p, unsigned index, MappedArray<void*>& shared) {
  workload::Random random(p.seed, index);
  MappedArray<void*> ring(p.live);
  Counts counts = {};
  for (uint64_t i = 0; i < p.iters; ++i) {
    void*& place = ring[random.below(p.live)];
    void* old = place;
    if (old != nullptr && random.chance(exchanged_percent)) {
      // Acquire: the stranger's writes to the object; release: our own to the one given away.
      old = __atomic_exchange_n(&shared[random.below(shared.size())], old, __ATOMIC_ACQ_REL);
    }
    if (old != nullptr) free_object<fill>(old, index, counts);
    place = workload::allocate_tagged<fill>(draw_size(random, p), index);
    ++counts.allocations;
  }
  for (size_t i = 0; i < p.live; ++i) {
    if (ring[i] != nullptr) free_object<fill>(ring[i], index, counts);
  }
  return counts;
}

template <Fill fill>
Result run(const Parameters& p) {
  MappedArray<void*> shared(p.live);
  MappedArray<Counts> counts(p.threads);
  auto body = [&](unsigned index) { counts[index] = exchange<fill>(p, index, shared); };
  Result result;
  result.seconds = workload::run_threads(static_cast<unsigned>(p.threads), body);
  uint64_t allocations = 0;
  for (size_t i = 0; i < p.threads; ++i) {
    allocations += counts[i].allocations;
    result.frees += counts[i].frees;
    result.remote_frees += counts[i].remote_frees;
  }
  result.operations = allocations + result.frees;
  result.has_remote_share = true;
  Counts rest = {};
  for (size_t i = 0; i < shared.size(); ++i) {
    if (shared[i] != nullptr) free_object<fill>(shared[i], 0, rest);
  }
  if (allocations != result.frees + rest.frees) workload::report_corruption(nullptr, 0);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("exchange_ring", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.threads = arguments.number("threads", 2, 1, workload::max_threads);
  p.iters = arguments.number("iters", 5'000'000, 1, 1ull << 40);
  p.min = arguments.number("min", 8, sizeof(workload::Tag), 1u << 30);
  p.max = arguments.number("max", 9216, p.min, 1u << 30);
  p.live = arguments.number("live", 1000, 1, 1u << 28);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.expect_all_used();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
