// objects.cc: threads replace blocks at random in a large live set; sizes follow a power law.
//
// Each doubling of the size is drawn equally often, so small blocks are many and large ones few, as
// in long-lived object graphs. The live set is filled first, untimed. What counts is locality and
// fragmentation: every step meets a block that was touched long ago.
// Each thread has its share of the set, and replaces nothing of another's.
// Models alloc-test (OLogN Technologies, 2018), with 2^18 slots for blocks up to 1 KiB. It differs
// in that the set is always full (there a slot is empty half of the time), in choosing all blocks
// alike (there four fifths of the choices fall on a fifth of the slots), in the sizes (there each
// doubling is half as frequent as the one before), and in writing both ends only.
#include <pthread.h>
#include <stdint.h>

#include "support/mapped_array.h"
#include "support/octave_sizes.h"
#include "support/random.h"
#include "support/report.h"
#include "support/tagged_block.h"
#include "support/threads.h"

namespace {

using workload::Fill;
using workload::MappedArray;
using workload::Result;
using workload::TaggedBlock;

struct Parameters {
  uint64_t threads;
  uint64_t live;
  uint64_t min;
  uint64_t max;
  uint64_t iters;
  uint64_t seed;

  // Blocks of one thread.
  uint64_t share() const { return (live + threads - 1) / threads; }
};

template <Fill fill>
class Worker {
 public:
  Worker(const Parameters& p, unsigned index)
      : p_(p), index_(index), random_(p.seed, index), sizes_(p.min, p.max), blocks_(p.share()) {
    for (size_t i = 0; i < blocks_.size(); ++i) blocks_[i] = fresh();
  }

  void replace_at_random() {
    for (uint64_t step = 0; step < p_.iters; ++step) {
      TaggedBlock& block = blocks_[random_.below(blocks_.size())];
      workload::free_tagged<fill>(block);
      block = fresh();
    }
  }

  void free_all() {
    for (size_t i = 0; i < blocks_.size(); ++i) workload::free_tagged<fill>(blocks_[i]);
  }

 private:
  TaggedBlock fresh() { return workload::allocate_tagged<fill>(sizes_.draw(random_), index_); }

  const Parameters& p_;
  unsigned index_;
  workload::Random random_;
  workload::OctaveSizes sizes_;
  MappedArray<TaggedBlock> blocks_;
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
  result.set_blocks(p.threads * (p.share() + p.iters), p.threads * p.share());
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("objects", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.threads = arguments.threads("threads", 2, workload::max_threads);
  p.live = arguments.number("live", 300'000, 1, 1u << 30);
  p.min = arguments.number("min", 16, workload::smallest_tagged, 1u << 30);
  p.max = arguments.number("max", 4096, p.min, 1u << 30);
  p.iters = arguments.number("iters", 2'000'000, 1, 1ull << 40);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
