// aligned.cc: one thread replaces blocks of mixed alignments at random.
//
// Each power of two from min_alignment to max_alignment is drawn half as often as the one before:
// many cache lines, some pages, few huge pages. A block that is not aligned as asked is corruption.
// operations = calls of posix_memalign and free. Models no public program.
//   --floor   the same accesses on blocks that lie ready, one to a slot
#include <stdint.h>
#include <stdlib.h>

#include "support/block.h"
#include "support/clock.h"
#include "support/mapped_array.h"
#include "support/random.h"
#include "support/report.h"
#include "support/slots.h"

namespace {

using workload::Fill;
using workload::MappedArray;
using workload::Result;

struct Parameters {
  uint64_t min_alignment;
  uint64_t max_alignment;
  uint64_t iters;
  uint64_t ws;
  uint64_t min;
  uint64_t max;
  uint64_t seed;
};

// The subject: blocks from posix_memalign.
class AlignedBlocks {
 public:
  explicit AlignedBlocks(const Parameters&) {}
  void* take(size_t, size_t alignment, size_t bytes) {
    void* block = nullptr;
    if (posix_memalign(&block, alignment, bytes) != 0) workload::report_no_memory(bytes);
    if ((reinterpret_cast<uintptr_t>(block) & (alignment - 1)) != 0) [[unlikely]]
      workload::report_misaligned(block, alignment);
    return block;
  }
  void give(void* block) { free(block); }
};

class ReadyBlocks {
 public:
  explicit ReadyBlocks(const Parameters& p) : max_(p.max), bytes_(p.ws * p.max) {}
  void* take(size_t slot, size_t, size_t) { return &bytes_[slot * max_]; }
  void give(void*) {}

 private:
  size_t max_;
  MappedArray<uint8_t> bytes_;
};

template <Fill fill, class Blocks>
Result run(const Parameters& p) {
  workload::Random random(p.seed);
  Blocks source(p);
  workload::Slots<fill> slots(p.ws);
  const auto draw_alignment = [&] {
    const unsigned doublings = static_cast<unsigned>(__builtin_ctzll(random.next() | 1ull << 62));
    const size_t alignment = p.min_alignment << (doublings < 32 ? doublings : 32);
    return alignment <= p.max_alignment ? alignment : p.max_alignment;
  };
  const double start = workload::now_seconds();
  for (uint64_t step = 0; step < p.iters; ++step) {
    const size_t i = random.below(p.ws);
    if (slots.full(i)) {
      source.give(slots.take(i));
    } else {
      const size_t bytes = p.min + random.below(p.max - p.min + 1);
      slots.put(i, source.take(i, draw_alignment(), bytes), bytes);
    }
  }
  Result result;
  result.seconds = workload::now_seconds() - start;
  result.operations = p.iters;
  const uint64_t live = slots.take_all([&](void* block) { source.give(block); });
  result.set_steps(p.iters, live);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("aligned", argc, argv);
  workload::Report report(arguments);
  const bool floor = arguments.flag("--floor");
  Parameters p = {};
  p.min_alignment = arguments.number("min_alignment", 16, sizeof(void*), 1u << 30);
  p.max_alignment = arguments.number("max_alignment", 2 << 20, p.min_alignment, 1u << 30);
  p.iters = arguments.number("iters", 5'000'000, 1, 1ull << 40);
  p.ws = arguments.number("ws", 400, 1, 1u << 28);
  p.min = arguments.number("min", 16, 1, 1u << 30);
  p.max = arguments.number("max", 4096, p.min, 1u << 30);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  if ((p.min_alignment & (p.min_alignment - 1)) != 0 ||
      (p.max_alignment & (p.max_alignment - 1)) != 0) {
    arguments.fail("alignments must be powers of two", "");
  }
  if (floor) report.set_floor();
  report.print(workload::with_fill(report.verify(), [&](auto fill) {
    return floor ? run<fill(), ReadyBlocks>(p) : run<fill(), AlignedBlocks>(p);
  }));
  return 0;
}
