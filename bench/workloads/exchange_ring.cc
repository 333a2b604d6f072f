// exchange_ring.cc: threads replace the objects of their rings at random and hand a quarter of
// them to one another through a shared table; small sizes are far more frequent than large ones.
//
// A step draws a place of the thread's own ring. The object there is freed, or, one time in four,
// exchanged for one in the shared table, and that is freed: mostly a stranger's, as far as threads
// run at the same time. remote_share is what really was.
// Models MicroQuill's sh8bench by its description: threads, sizes from 8 bytes to 9 KB, objects
// that other threads free. Written without its source, it certainly differs: the draw of sizes, the
// ring and the table are ours.
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
  uint64_t live;
  uint64_t seed;
};

constexpr uint64_t exchanged_percent = 25;

// Halves the range of sizes up to seven times, so that each octave is about equally frequent.
size_t draw_size(workload::Random& random, const Parameters& p) {
  const uint64_t span = (p.max - p.min + 1) >> random.below(8);
  return p.min + random.below(span > 0 ? span : 1);
}

// Returns how many objects of others it freed.
template <Fill fill>
uint64_t exchange(const Parameters& p, unsigned index, MappedArray<TaggedBlock>& shared) {
  workload::Random random(p.seed, index);
  MappedArray<TaggedBlock> ring(p.live);
  uint64_t remote_frees = 0;
  const auto free_object = [&](TaggedBlock object) {
    remote_frees += workload::free_tagged<fill>(object).owner != index;
  };
  for (uint64_t i = 0; i < p.iters; ++i) {
    TaggedBlock& place = ring[random.below(p.live)];
    TaggedBlock old = place;
    if (old && random.chance(exchanged_percent)) {
      old = workload::exchange(shared[random.below(shared.size())], old);
    }
    if (old) free_object(old);
    place = workload::allocate_tagged<fill>(draw_size(random, p), index);
  }
  for (size_t i = 0; i < p.live; ++i) {
    if (ring[i]) free_object(ring[i]);
  }
  return remote_frees;
}

template <Fill fill>
Result run(const Parameters& p) {
  MappedArray<TaggedBlock> shared(p.live);
  MappedArray<uint64_t> remote_frees(p.threads);
  auto body = [&](unsigned index) { remote_frees[index] = exchange<fill>(p, index, shared); };
  Result result;
  result.seconds = workload::run_threads(static_cast<unsigned>(p.threads), body);
  for (size_t i = 0; i < p.threads; ++i) result.remote_frees += remote_frees[i];
  result.has_remote_share = true;
  uint64_t live = 0;
  for (size_t i = 0; i < shared.size(); ++i) {
    if (!shared[i]) continue;
    workload::free_tagged<fill>(shared[i]);
    ++live;
  }
  result.set_blocks(p.threads * p.iters, live);
  result.operations = result.allocations + result.frees;
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("exchange_ring", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.threads = arguments.threads("threads", 2, workload::max_threads);
  p.min = arguments.number("min", 8, workload::smallest_tagged, 1u << 30);
  p.max = arguments.number("max", 9216, p.min, 1u << 30);
  p.iters = arguments.number("iters", 5'000'000, 1, 1ull << 40);
  p.live = arguments.number("live", 1000, 1, 1u << 28);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
