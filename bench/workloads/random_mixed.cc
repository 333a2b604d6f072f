// random_mixed.cc: one thread replaces blocks at random in a small working set.
//
// Each step draws a slot: a full one is freed, an empty one gets a block of uniform size whose
// first and last byte are written. operations = steps = calls of malloc or free.
// Models the loop of glibc's bench-malloc-thread with one thread. It differs in that freeing and
// allocating are steps of their own, so that half of the slots are empty; in uniform sizes, where
// that has an inverse square; and in drawing as it goes, where that has tables of drawn numbers.
//   --compat  draws as the project's seed benchmarks did: xorshift32, one word for slot and size,
//             size 16 + 0..1023 cut to min..max, and iters/10 steps before the clock starts
//   --floor   the same draws and accesses on blocks packed at their exact sizes, no allocation:
//             the time that no allocator can take away
#include <stdint.h>

#include "support/clock.h"
#include "support/mixed.h"
#include "support/report.h"

namespace {

using workload::Addresses;
using workload::AllocatedBlocks;
using workload::Arguments;
using workload::Fill;
using workload::MappedArray;
using workload::MixedParameters;
using workload::PackedBlocks;
using workload::Report;
using workload::Result;
using workload::Slot;
using workload::Step;
using workload::UniformDraw;

class CompatDraw {
 public:
  explicit CompatDraw(const MixedParameters& p)
      : state_(p.seed != 0 ? static_cast<uint32_t>(p.seed) : 1u),
        ws_(static_cast<uint32_t>(p.ws)),
        min_(p.min),
        max_(p.max) {}

  Step next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    size_t bytes = 16 + (state_ & 1023);
    if (bytes < min_) bytes = min_;
    if (bytes > max_) bytes = max_;
    return {state_ % ws_, bytes};
  }

 private:
  uint32_t state_;
  uint32_t ws_;
  size_t min_;
  size_t max_;
};

template <Fill fill, class Draw, class Blocks>
Result run(const MixedParameters& p, uint64_t steps, uint64_t untimed_steps) {
  Draw draw(p);
  Blocks blocks(p, draw);
  MappedArray<Slot> slots(p.ws);
  workload::run_steps<fill>(untimed_steps, draw, blocks, slots);
  const double start = workload::now_seconds();
  const Addresses addresses = workload::run_steps<fill>(steps, draw, blocks, slots);
  Result result;
  result.seconds = workload::now_seconds() - start;
  result.operations = steps;
  if constexpr (!Blocks::is_floor) addresses.judge(p.min);
  const uint64_t live = workload::empty_slots<fill>(p.ws, blocks, slots);
  result.set_steps(untimed_steps + steps, live);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments("random_mixed", argc, argv);
  Report report(arguments);
  const bool compat = arguments.flag("--compat");
  const bool floor = arguments.flag("--floor");
  const uint64_t iters = arguments.number("iters", 10'000'000, 1, 1ull << 40);
  const MixedParameters p = workload::ask_for_mixed(arguments);
  arguments.done();

  const uint64_t untimed_steps = compat ? iters / 10 : 0;
  if (floor) report.set_floor();
  report.print(workload::with_fill(report.verify(), [&](auto fill) {
    if (compat) {
      return floor ? run<fill(), CompatDraw, PackedBlocks>(p, iters, untimed_steps)
                   : run<fill(), CompatDraw, AllocatedBlocks>(p, iters, untimed_steps);
    }
    return floor ? run<fill(), UniformDraw, PackedBlocks>(p, iters, untimed_steps)
                 : run<fill(), UniformDraw, AllocatedBlocks>(p, iters, untimed_steps);
  }));
  return 0;
}
