// objects.cc: threads replace blocks at random in a large live set; sizes follow a power law.
//
// Each doubling of the size is drawn equally often, so small blocks are many and large ones few, as
// in long-lived object graphs. The live set is filled first, untimed. What counts is locality and
// fragmentation: every step meets a block that was touched long ago.
// Each thread has its share of the set, and replaces nothing of another's.
#include <pthread.h>
#include <stdint.h>

#include "support/block.h"
#include "support/mapped_array.h"
#include "support/octave_sizes.h"
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
  uint64_t live;
  uint64_t min;
  uint64_t max;
  uint64_t seed;
};

template <Fill fill>
class Worker {
 public:
  Worker(const Parameters& p, unsigned index)
      : p_(p),
        index_(index),
        random_(p.seed, index),
        sizes_(p.min, p.max),
        blocks_(p.live / p.threads + 1) {
    for (size_t i = 0; i < blocks_.size(); ++i) blocks_[i] = fresh();
  }

  void replace_at_random() {
    for (uint64_t step = 0; step < p_.iters; ++step) {
      void*& block = blocks_[random_.below(blocks_.size())];
      workload::free_tagged<fill>(block);
      block = fresh();
    }
  }

  void free_all() {
    for (size_t i = 0; i < blocks_.size(); ++i) workload::free_tagged<fill>(blocks_[i]);
  }

 private:
  void* fresh() { return workload::allocate_tagged<fill>(sizes_.draw(random_), index_); }

  const Parameters& p_;
  unsigned index_;
  workload::Random random_;
  workload::OctaveSizes sizes_;
  MappedArray<void*> blocks_;
};

template <Fill fill>
Result run(const Parameters& p) {
  const auto threads = static_cast<unsigned>(p.threads);
  pthread_barrier_t filled;
  pthread_barrier_init(&filled, nullptr, threads);
  MappedArray<double> seconds(threads);
  auto body = [&](unsigned index) {
    Worker<fill> worker(p, index);
    pthread_barrier_wait(&filled);
    const double start = workload::now_seconds();
    worker.replace_at_random();
    seconds[index] = workload::now_seconds() - start;
    worker.free_all();
  };
  workload::run_threads(threads, body);
  pthread_barrier_destroy(&filled);
  Result result;
  for (unsigned i = 0; i < threads; ++i) {
    if (seconds[i] > result.seconds) result.seconds = seconds[i];
  }
  result.operations = 2 * p.threads * p.iters;
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("objects", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.threads = arguments.number("threads", 2, 1, workload::max_threads);
  p.iters = arguments.number("iters", 2'000'000, 1, 1ull << 40);
  p.live = arguments.number("live", 300'000, 1, 1u << 30);
  p.min = arguments.number("min", 16, sizeof(workload::Tag), 1u << 30);
  p.max = arguments.number("max", 4096, p.min, 1u << 30);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.expect_all_used();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
