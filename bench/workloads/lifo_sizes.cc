// lifo_sizes.cc: threads allocate batches of mixed sizes and free them in mixed orders, leaving
// some survivors behind.
//
// Batches are freed backwards, forwards, or every other block first, in turn. One block in sixteen
// survives: it is freed when the ring of survivors comes round to its place again.
// Models MicroQuill's sh6bench by its description: some objects are freed last first, others in
// reverse. Written without its source, it certainly differs: sizes, batches and survivors are ours.
#include <stdint.h>

#include "support/mapped_array.h"
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
  uint64_t min;
  uint64_t max;
  uint64_t iters;
  uint64_t batch;
  uint64_t seed;
};

constexpr size_t one_survivor_in = 16;
constexpr size_t survivor_places = 1024;

template <Fill fill>
class Worker {
 public:
  Worker(const Parameters& p, unsigned index)
      : p_(p),
        index_(index),
        random_(p.seed, index),
        batch_(p.batch),
        survivors_(survivor_places) {}

  void run() {
    const uint64_t batches = batch_count(p_);
    for (uint64_t i = 0; i < batches; ++i) {
      for (size_t place = 0; place < p_.batch; ++place) {
        batch_[place] = workload::allocate_tagged<fill>(draw_size(), index_);
      }
      free_batch(i);
    }
    for (size_t i = 0; i < survivor_places; ++i) {
      if (survivors_[i]) workload::free_tagged<fill>(survivors_[i]);
    }
  }

  static uint64_t batch_count(const Parameters& p) { return (p.iters + p.batch - 1) / p.batch; }

 private:
  // Each halving of the range is drawn equally often: many small blocks, some large ones.
  size_t draw_size() {
    const uint64_t word = random_.next();
    const uint64_t span = (p_.max - p_.min + 1) >> (word & 7);
    return p_.min + workload::Random::scale(word, span > 0 ? span : 1);
  }

  void free_batch(uint64_t number) {
    const size_t count = p_.batch;
    switch (number % 3) {
      case 0:
        for (size_t i = count; i-- > 0;) release(i);
        break;
      case 1:
        for (size_t i = 0; i < count; ++i) release(i);
        break;
      default:
        for (size_t i = 1; i < count; i += 2) release(i);
        for (size_t i = 0; i < count; i += 2) release(i);
    }
  }

  // Frees the block at `place`, or lets it survive and frees an older survivor in its stead.
  void release(size_t place) {
    TaggedBlock block = batch_[place];
    if (place % one_survivor_in == 0) {
      TaggedBlock& survivor = survivors_[next_survivor_++ % survivor_places];
      const TaggedBlock older = survivor;
      survivor = block;
      block = older;
      if (!block) return;
    }
    workload::free_tagged<fill>(block);
  }

  const Parameters& p_;
  unsigned index_;
  workload::Random random_;
  MappedArray<TaggedBlock> batch_;
  MappedArray<TaggedBlock> survivors_;
  size_t next_survivor_ = 0;
};

template <Fill fill>
Result run(const Parameters& p) {
  auto body = [&](unsigned index) { Worker<fill>(p, index).run(); };
  Result result;
  result.seconds = workload::run_threads(static_cast<unsigned>(p.threads), body);
  result.set_freed(p.threads * Worker<fill>::batch_count(p) * p.batch);
  result.operations = 2 * result.allocations;
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("lifo_sizes", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.threads = arguments.threads("threads", 2, workload::max_threads);
  p.min = arguments.number("min", 16, workload::smallest_tagged, 1u << 30);
  p.max = arguments.number("max", 4096, p.min, 1u << 30);
  p.iters = arguments.number("iters", 30'000'000, 1, 1ull << 40);
  p.batch = arguments.number("batch", 500, 1, 1u << 24);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
