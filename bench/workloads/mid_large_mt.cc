// mid_large_mt.cc: threads replace blocks of 8, 16 or 32 KiB and a bit at random, each its own.
//
// The sizes lie just above powers of two, as buffers with a header do. One byte of each block is
// written: what an allocator itself touches or clears beyond that shows. operations = calls of
// malloc and free, with those that empty the slots at the end. Models no public program.
#include <stdint.h>

#include "support/block.h"
#include "support/mapped_array.h"
#include "support/random.h"
#include "support/report.h"
#include "support/slots.h"
#include "support/threads.h"

namespace {

using workload::Fill;
using workload::MappedArray;
using workload::Result;

struct Parameters {
  uint64_t threads;
  uint64_t iters;
  uint64_t ws;
  uint64_t seed;
};

constexpr size_t smallest = 8 << 10;
constexpr uint64_t doublings = 3;
constexpr uint64_t most_extra = 2048;

// Returns how many blocks were left when all steps were done, and freed then.
template <Fill fill>
uint64_t replace_at_random(const Parameters& p, unsigned index) {
  workload::Random random(p.seed, index);
  workload::Addresses addresses;
  workload::Slots<fill> slots(p.ws, index);
  for (uint64_t step = 0; step < p.iters; ++step) {
    const size_t i = random.below(p.ws);
    if (slots.full(i)) {
      free(slots.take(i));
    } else {
      const size_t bytes = (smallest << random.below(doublings)) + random.below(most_extra);
      void* const block = workload::allocate(bytes);
      addresses.note(block);
      slots.put(i, block, bytes);
    }
  }
  addresses.judge(smallest);
  return slots.take_all(free);
}

template <Fill fill>
Result run(const Parameters& p) {
  MappedArray<uint64_t> left(p.threads);
  auto body = [&](unsigned index) { left[index] = replace_at_random<fill>(p, index); };
  Result result;
  result.seconds = workload::run_threads(static_cast<unsigned>(p.threads), body);
  result.operations = p.threads * p.iters;
  for (size_t i = 0; i < p.threads; ++i) result.operations += left[i];
  result.set_freed(result.operations / 2);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("mid_large_mt", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.threads = arguments.threads("threads", 2, workload::max_threads);
  p.iters = arguments.number("iters", 5'000'000, 1, 1ull << 40);
  p.ws = arguments.number("ws", 400, 1, 1u << 28);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::first>(p));
  return 0;
}
