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

#include "support/block.h"
#include "support/clock.h"
#include "support/mapped_array.h"
#include "support/random.h"
#include "support/report.h"

namespace {

using workload::Addresses;
using workload::Arguments;
using workload::Fill;
using workload::MappedArray;
using workload::Random;
using workload::Report;
using workload::Result;

struct Parameters {
  uint64_t iters;
  uint64_t ws;
  uint64_t seed;
  uint64_t min;
  uint64_t max;
};

struct Step {
  size_t slot;
  size_t bytes;
};

class UniformDraw {
 public:
  explicit UniformDraw(const Parameters& p)
      : random_(p.seed), ws_(static_cast<uint32_t>(p.ws)), min_(p.min), span_(p.max - p.min + 1) {}

  Step next() {
    const uint64_t word = random_.next();
    return {static_cast<uint32_t>(word) % ws_, min_ + Random::scale(word, span_)};
  }

 private:
  Random random_;
  uint32_t ws_;
  size_t min_;
  uint64_t span_;
};

class CompatDraw {
 public:
  explicit CompatDraw(const Parameters& p)
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

struct Slot {
  void* block;
  size_t bytes;
};

// The subject: blocks from malloc.
class AllocatedBlocks {
 public:
  static constexpr bool is_floor = false;
  template <class Draw>
  AllocatedBlocks(const Parameters&, Draw&) {}
  Slot take(const Step& step) { return {workload::allocate(step.bytes), step.bytes}; }
  void give(void* block) { free(block); }
  size_t mark_slot(size_t slot) const { return slot; }
};

// The floor: about half of the slots are full at any time, so slot i and slot i + ws/2 share one
// place; the whole is as large as the live set of an allocator that wastes nothing.
class PackedBlocks {
 public:
  static constexpr bool is_floor = true;
  template <class Draw>
  PackedBlocks(const Parameters& p, Draw& draw)
      : places_(p.ws / 2 + 1), half_(p.ws / 2 + 1), bytes_(p.max * half_) {
    uint8_t* next = bytes_.data();
    for (size_t i = 0; i < half_; ++i) {
      places_[i] = {next, draw.next().bytes};
      next += places_[i].bytes;
    }
  }
  Slot take(const Step& step) { return places_[mark_slot(step.slot)]; }
  void give(void*) {}
  size_t mark_slot(size_t slot) const { return slot < half_ ? slot : slot - half_; }

 private:
  MappedArray<Slot> places_;
  size_t half_;
  MappedArray<uint8_t> bytes_;
};

// Returns where the blocks lay.
template <Fill fill, class Draw, class Blocks>
Addresses run_steps(uint64_t count, Draw& draw, Blocks& blocks, MappedArray<Slot>& slots) {
  Addresses addresses;
  for (; count > 0; --count) {  // downwards: that leaves a register for the addresses
    const Step step = draw.next();
    Slot& slot = slots[step.slot];
    const size_t mark_slot = blocks.mark_slot(step.slot);
    if (slot.block != nullptr) {
      const uint8_t mark = workload::mark_of(mark_slot, slot.bytes);
      workload::check_marked<fill>(slot.block, slot.bytes, mark);
      blocks.give(slot.block);
      slot.block = nullptr;
    } else {
      slot = blocks.take(step);
      addresses.note(slot.block);
      const uint8_t mark = workload::mark_of(mark_slot, slot.bytes);
      workload::write_marked<fill>(slot.block, slot.bytes, mark);
    }
  }
  return addresses;
}

template <Fill fill, class Draw, class Blocks>
Result run(const Parameters& p, uint64_t untimed_steps) {
  Draw draw(p);
  Blocks blocks(p, draw);
  MappedArray<Slot> slots(p.ws);
  run_steps<fill>(untimed_steps, draw, blocks, slots);
  const double start = workload::now_seconds();
  const Addresses addresses = run_steps<fill>(p.iters, draw, blocks, slots);
  Result result;
  result.seconds = workload::now_seconds() - start;
  result.operations = p.iters;
  if constexpr (!Blocks::is_floor) addresses.judge(p.min);
  uint64_t live = 0;
  for (size_t i = 0; i < p.ws; ++i) {
    if (slots[i].block == nullptr) continue;
    ++live;
    const uint8_t mark = workload::mark_of(blocks.mark_slot(i), slots[i].bytes);
    workload::check_marked<fill>(slots[i].block, slots[i].bytes, mark);
    blocks.give(slots[i].block);
  }
  result.set_steps(untimed_steps + p.iters, live);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments("random_mixed", argc, argv);
  Report report(arguments);
  const bool compat = arguments.flag("--compat");
  const bool floor = arguments.flag("--floor");
  Parameters p = {};
  p.iters = arguments.number("iters", 10'000'000, 1, 1ull << 40);
  p.ws = arguments.number("ws", 400, 1, 1u << 28);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  p.min = arguments.number("min", 16, 1, 1u << 30);
  p.max = arguments.number("max", 1024, p.min, 1u << 30);
  arguments.done();

  const uint64_t untimed_steps = compat ? p.iters / 10 : 0;
  if (floor) report.set_floor();
  report.print(workload::with_fill(report.verify(), [&](auto fill) {
    if (compat) {
      return floor ? run<fill(), CompatDraw, PackedBlocks>(p, untimed_steps)
                   : run<fill(), CompatDraw, AllocatedBlocks>(p, untimed_steps);
    }
    return floor ? run<fill(), UniformDraw, PackedBlocks>(p, untimed_steps)
                 : run<fill(), UniformDraw, AllocatedBlocks>(p, untimed_steps);
  }));
  return 0;
}
