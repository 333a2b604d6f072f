// producer_consumer.cc: in each pair one thread only allocates and the other only frees.
//
// Blocks travel in batches through a bounded ring, so the consumer is never far behind. What is
// measured is how freed memory gets back to the thread that allocates.
// Models xmalloc-test (Lever and Boreham, 2000), with batches of 4096 blocks in a list that all
// threads share. It differs in pairs with a ring each, so that no lock is shared; in a fixed number
// of blocks where that has a fixed time; and in that the batch itself is not allocated.
#include <stdint.h>

#include "support/mapped_array.h"
#include "support/random.h"
#include "support/report.h"
#include "support/semaphore.h"
#include "support/tagged_block.h"
#include "support/threads.h"

namespace {

using workload::Fill;
using workload::MappedArray;
using workload::Result;
using workload::TaggedBlock;

struct Parameters {
  uint64_t pairs;
  uint64_t min;
  uint64_t max;
  uint64_t batch;
  uint64_t iters;
  uint64_t seed;
};

constexpr size_t ring_batches = 16;

// One pair's path: a ring of batches, of which so many wait for the consumer and so many for the
// producer. Both go round it, so a batch's number is that of its turn.
struct Path {
  workload::Semaphore full{0};
  workload::Semaphore empty{ring_batches};
  uint64_t remote_frees = 0;  // written by the consumer when it is done
};

// Threads take turns: the producer of a pair, its consumer.
constexpr unsigned producer_of(unsigned pair) { return 2 * pair; }
constexpr unsigned consumer_of(unsigned pair) { return 2 * pair + 1; }

template <Fill fill>
Result run(const Parameters& p) {
  MappedArray<TaggedBlock> places(p.pairs * ring_batches * p.batch);
  MappedArray<Path> paths(p.pairs);
  for (size_t pair = 0; pair < p.pairs; ++pair) new (&paths[pair]) Path;
  const uint64_t batches = (p.iters + p.batch - 1) / p.batch;

  const auto produce = [&](unsigned pair) {
    workload::Random random(p.seed, pair);
    TaggedBlock* const own = &places[pair * ring_batches * p.batch];
    for (uint64_t done = 0; done < batches; ++done) {
      paths[pair].empty.wait();
      TaggedBlock* const blocks = own + done % ring_batches * p.batch;
      for (uint64_t i = 0; i < p.batch; ++i) {
        const size_t bytes = p.min + random.below(p.max - p.min + 1);
        blocks[i] = workload::allocate_tagged<fill>(bytes, producer_of(pair));
      }
      paths[pair].full.post();
    }
  };
  const auto consume = [&](unsigned pair) {
    TaggedBlock* const own = &places[pair * ring_batches * p.batch];
    uint64_t remote_frees = 0;
    for (uint64_t done = 0; done < batches; ++done) {
      paths[pair].full.wait();
      TaggedBlock* const blocks = own + done % ring_batches * p.batch;
      for (uint64_t i = 0; i < p.batch; ++i) {
        remote_frees += workload::free_tagged<fill>(blocks[i]).owner != consumer_of(pair);
      }
      paths[pair].empty.post();
    }
    paths[pair].remote_frees = remote_frees;
  };
  auto body = [&](unsigned index) {
    if (index == producer_of(index / 2)) {
      produce(index / 2);
    } else {
      consume(index / 2);
    }
  };
  Result result;
  result.seconds = workload::run_threads(static_cast<unsigned>(2 * p.pairs), body);
  result.set_freed(p.pairs * batches * p.batch);
  result.operations = 2 * result.allocations;
  result.has_remote_share = true;
  for (size_t pair = 0; pair < p.pairs; ++pair) result.remote_frees += paths[pair].remote_frees;
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("producer_consumer", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.pairs = arguments.threads("pairs", 1, workload::max_threads / 2);
  p.min = arguments.number("min", 16, workload::smallest_tagged, 1u << 30);
  p.max = arguments.number("max", 1024, p.min, 1u << 30);
  p.batch = arguments.number("batch", 64, 1, 1u << 20);
  p.iters = arguments.number("iters", 8'000'000, 1, 1ull << 40);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
