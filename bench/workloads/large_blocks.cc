// large_blocks.cc: one thread allocates and frees blocks of 64 KiB to 32 MiB.
//
// Cycles alternate: one fills the budget of live bytes and frees it in reverse order, the next
// replaces blocks at random within the budget. Sizes are drawn so that each doubling is equally
// frequent. Every `stride` bytes one byte is written, as a program would that uses what it asks
// for; stride=0 writes the first and the last byte only. --floor does not exist here: what the
// accesses cost without page faults depends on memory that only an allocator would have kept.
#include <stdint.h>

#include "support/block.h"
#include "support/clock.h"
#include "support/mapped_array.h"
#include "support/octave_sizes.h"
#include "support/random.h"
#include "support/report.h"

namespace {

using workload::Fill;
using workload::MappedArray;
using workload::Result;

struct Parameters {
  uint64_t cycles;
  uint64_t min;
  uint64_t max;
  uint64_t live;
  uint64_t stride;
  uint64_t seed;
};

struct Large {
  void* block;
  size_t bytes;
};

template <Fill fill>
class Worker {
 public:
  explicit Worker(const Parameters& p)
      : p_(p), random_(p.seed), blocks_(p.live / p.min + 1), sizes_(p.min, p.max) {}

  void run() {
    for (uint64_t cycle = 0; cycle < p_.cycles; ++cycle) {
      if (cycle % 2 == 0) {
        fill_budget();
      } else {
        replace_at_random();
      }
      while (count_ > 0) free_at(count_ - 1);
    }
  }

  uint64_t operations() const { return operations_; }

 private:
  // Allocates one more block unless the budget is used up.
  bool add_block() {
    const size_t bytes = sizes_.draw(random_);
    if (live_bytes_ + bytes > p_.live) return false;
    void* const block = workload::allocate(bytes);
    if (p_.stride > 0) {
      for (size_t at = 0; at < bytes; at += p_.stride) {
        static_cast<volatile uint8_t*>(block)[at] = static_cast<uint8_t>(at);
      }
    }
    workload::write_marked<fill>(block, bytes, workload::mark_of(bytes, bytes));
    blocks_[count_++] = {block, bytes};
    live_bytes_ += bytes;
    ++operations_;
    return true;
  }

  void free_at(size_t place) {
    const Large large = blocks_[place];
    const uint8_t mark = workload::mark_of(large.bytes, large.bytes);
    workload::check_marked<fill>(large.block, large.bytes, mark);
    free(large.block);
    blocks_[place] = blocks_[--count_];
    live_bytes_ -= large.bytes;
    ++operations_;
  }

  void fill_budget() {
    while (add_block()) {
    }
  }

  void replace_at_random() {
    fill_budget();
    for (size_t i = 0, replaced = 2 * count_; i < replaced; ++i) {
      while (count_ > 0 && !add_block()) free_at(random_.below(count_));
    }
  }

  const Parameters& p_;
  workload::Random random_;
  MappedArray<Large> blocks_;
  workload::OctaveSizes sizes_;
  size_t count_ = 0;
  size_t live_bytes_ = 0;
  uint64_t operations_ = 0;
};

template <Fill fill>
Result run(const Parameters& p) {
  Worker<fill> worker(p);
  const double start = workload::now_seconds();
  worker.run();
  Result result;
  result.seconds = workload::now_seconds() - start;
  result.operations = worker.operations();
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("large_blocks", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.cycles = arguments.number("cycles", 12, 1, 1u << 30);
  p.min = arguments.number("min", 64 << 10, 4096, 1u << 30);
  p.max = arguments.number("max", 32 << 20, p.min, 1u << 30);
  p.live = arguments.number("live", 300 << 20, p.max, 1ull << 40);
  p.stride = arguments.number("stride", 4096, 0, 1u << 30);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.expect_all_used();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
