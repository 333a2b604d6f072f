// large_blocks.cc: one thread allocates and frees blocks of 64 KiB to 32 MiB.
//
// Cycles alternate: one fills the budget of live bytes and frees it in reverse order, the next
// replaces blocks at random within the budget. Sizes are drawn so that each doubling is equally
// frequent. Every `stride` bytes one byte is written, as a program would that uses what it asks
// for; stride=0 writes the first and the last byte only. operations = calls of malloc and free.
// Models mimalloc-bench's malloc-large, which replaces 20 blocks of 5 to 25 MiB at random and has
// them cleared. It differs in the smaller sizes, in a budget of bytes instead of a count, in the
// cycles in reverse order, and in the stride.
//   --floor   the same accesses in memory that is there already, without allocation
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
  uint64_t min;
  uint64_t max;
  uint64_t live;
  uint64_t cycles;
  uint64_t stride;
  uint64_t seed;
};

struct Large {
  void* block;
  size_t bytes;
};

uint8_t mark_of(const Large& large) { return workload::mark_of(large.bytes, large.bytes); }

// The subject: blocks from malloc.
class AllocatedBlocks {
 public:
  static constexpr bool is_floor = false;
  explicit AllocatedBlocks(const Parameters&) {}
  void* take(size_t bytes) { return workload::allocate(bytes); }
  template <Fill fill>
  void give(const Large& large) {
    workload::check_marked<fill>(large.block, large.bytes, mark_of(large));
    free(large.block);
  }
};

// The floor: one place after the other in memory that is there already, as much as can be live, and
// at its end from the start again. Who lies there may not be done: his ends are read as they would
// be, but not judged.
class CircledBlocks {
 public:
  static constexpr bool is_floor = true;
  explicit CircledBlocks(const Parameters& p) : bytes_(p.live + p.max) {
    memset(bytes_.data(), 1, bytes_.size());
  }
  void* take(size_t bytes) {
    if (bytes > bytes_.size() - next_) next_ = 0;
    void* const block = &bytes_[next_];
    next_ += bytes;
    return block;
  }
  template <Fill>
  void give(const Large& large) {
    const auto* const byte = static_cast<const volatile uint8_t*>(large.block);
    static_cast<void>(byte[0]);
    static_cast<void>(byte[large.bytes - 1]);
  }

 private:
  MappedArray<uint8_t> bytes_;
  size_t next_ = 0;
};

template <Fill fill, class Blocks>
class Worker {
 public:
  explicit Worker(const Parameters& p)
      : p_(p), source_(p), random_(p.seed), blocks_(p.live / p.min + 1), sizes_(p.min, p.max) {}

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

  uint64_t allocations() const { return allocations_; }
  const workload::Addresses& addresses() const { return addresses_; }

 private:
  // Allocates one more block unless the budget is used up.
  bool add_block() {
    const size_t bytes = sizes_.draw(random_);
    if (live_bytes_ + bytes > p_.live) return false;
    void* const block = source_.take(bytes);
    addresses_.note(block);
    if (p_.stride > 0) {
      for (size_t at = 0; at < bytes; at += p_.stride) {
        static_cast<volatile uint8_t*>(block)[at] = static_cast<uint8_t>(at);
      }
    }
    const Large large = {block, bytes};
    workload::write_marked<fill>(block, bytes, mark_of(large));
    blocks_[count_++] = large;
    live_bytes_ += bytes;
    ++allocations_;
    return true;
  }

  void free_at(size_t place) {
    const Large large = blocks_[place];
    source_.template give<fill>(large);
    blocks_[place] = blocks_[--count_];
    live_bytes_ -= large.bytes;
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
  Blocks source_;
  workload::Random random_;
  workload::Addresses addresses_;
  MappedArray<Large> blocks_;
  workload::OctaveSizes sizes_;
  size_t count_ = 0;
  size_t live_bytes_ = 0;
  uint64_t allocations_ = 0;
};

template <Fill fill, class Blocks>
Result run(const Parameters& p) {
  Worker<fill, Blocks> worker(p);
  const double start = workload::now_seconds();
  worker.run();
  Result result;
  result.seconds = workload::now_seconds() - start;
  result.operations = 2 * worker.allocations();
  result.set_freed(worker.allocations());
  if constexpr (!Blocks::is_floor) worker.addresses().judge(p.min);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("large_blocks", argc, argv);
  workload::Report report(arguments);
  const bool floor = arguments.flag("--floor");
  Parameters p = {};
  p.min = arguments.number("min", 64 << 10, 4096, 1u << 30);
  p.max = arguments.number("max", 32 << 20, p.min, 1u << 30);
  p.live = arguments.number("live", 300 << 20, p.max, 1ull << 40);
  p.cycles = arguments.number("cycles", 12, 1, 1u << 30);
  p.stride = arguments.number("stride", 4096, 0, 1u << 30);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  if (floor) report.set_floor();
  report.print(workload::with_fill(report.verify(), [&](auto fill) {
    return floor ? run<fill(), CircledBlocks>(p) : run<fill(), AllocatedBlocks>(p);
  }));
  return 0;
}
