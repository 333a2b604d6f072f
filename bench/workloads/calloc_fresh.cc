// calloc_fresh.cc: one thread callocs large blocks that it barely touches, and small ones that were
// used before.
//
// A large block reads one byte in 64 KiB and writes it: who clears what the system gave as zeros
// pays for memory that nobody wants. A small one comes back dirty and must have been cleared. A
// byte that is not zero is corruption. operations = calls of calloc and free. Models no public
// program.
//   --floor   the same accesses without allocation: in memory that stays, small blocks cleared
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
  uint64_t big;
  uint64_t min;
  uint64_t max;
  uint64_t small_count;
  uint64_t cycles;
  uint64_t ws;
  uint64_t seed;
};

constexpr size_t touched_every = 64 << 10;

template <Fill fill>
void expect_zeros(const uint8_t* block, size_t bytes, size_t stride) {
  const size_t step = fill == Fill::whole ? 1 : stride;
  for (size_t i = 0; i < bytes; i += step) {
    if (block[i] != 0) [[unlikely]]
      workload::report_not_zeroed(block, bytes);
  }
  if (block[bytes - 1] != 0) [[unlikely]]
    workload::report_not_zeroed(block, bytes);
}

// The subject: blocks from calloc.
class ClearedBlocks {
 public:
  static constexpr bool is_floor = false;
  explicit ClearedBlocks(const Parameters&) {}
  uint8_t* take_big(size_t bytes) { return take(bytes); }
  void give_big(uint8_t* block, size_t) { free(block); }
  uint8_t* take_small(size_t, size_t bytes) { return take(bytes); }
  void give_small(void* block) { free(block); }

 private:
  static uint8_t* take(size_t bytes) {
    void* const block = calloc(1, bytes);
    if (block == nullptr) workload::report_no_memory(bytes);
    return static_cast<uint8_t*>(block);
  }
};

class KeptBlocks {
 public:
  static constexpr bool is_floor = true;
  explicit KeptBlocks(const Parameters& p) : max_(p.max), big_(p.big), small_(p.ws * p.max) {}
  uint8_t* take_big(size_t) { return big_.data(); }
  void give_big(uint8_t* block, size_t bytes) {
    for (size_t i = 0; i < bytes; i += touched_every) block[i] = 0;
    block[bytes - 1] = 0;
  }
  uint8_t* take_small(size_t slot, size_t bytes) {
    memset(&small_[slot * max_], 0, bytes);
    return &small_[slot * max_];
  }
  void give_small(void*) {}

 private:
  size_t max_;
  MappedArray<uint8_t> big_;
  MappedArray<uint8_t> small_;
};

template <Fill fill, class Blocks>
class Worker {
 public:
  explicit Worker(const Parameters& p) : p_(p), random_(p.seed), source_(p), slots_(p.ws) {}

  void run() {
    for (uint64_t cycle = 0; cycle < p_.cycles; ++cycle) {
      use_big();
      for (uint64_t i = 0; i < p_.small_count; ++i) replace_small(random_.below(p_.ws));
    }
    slots_.take_all([this](void* block) { source_.give_small(block); });
  }

  const workload::Addresses& addresses() const { return addresses_; }

 private:
  void use_big() {
    uint8_t* const block = source_.take_big(p_.big);
    addresses_.note(block);
    expect_zeros<fill>(block, p_.big, touched_every);
    for (size_t i = 0; i < p_.big; i += touched_every) {
      static_cast<volatile uint8_t*>(block)[i] = 1;
    }
    static_cast<volatile uint8_t*>(block)[p_.big - 1] = 1;
    source_.give_big(block, p_.big);
  }

  // Frees the block of a slot, full of ones, and puts a cleared one there.
  void replace_small(size_t i) {
    if (slots_.full(i)) source_.give_small(slots_.take(i));
    const size_t bytes = p_.min + random_.below(p_.max - p_.min + 1);
    uint8_t* const block = source_.take_small(i, bytes);
    addresses_.note(block);
    expect_zeros<fill>(block, bytes, bytes);
    memset(block, 0xff, bytes);
    slots_.put(i, block, bytes);
  }

  const Parameters& p_;
  workload::Random random_;
  Blocks source_;
  workload::Addresses addresses_;
  workload::Slots<fill> slots_;
};

template <Fill fill, class Blocks>
Result run(const Parameters& p) {
  Worker<fill, Blocks> worker(p);
  const double start = workload::now_seconds();
  worker.run();
  Result result;
  result.seconds = workload::now_seconds() - start;
  result.operations = 2 * p.cycles * (p.small_count + 1);
  result.set_freed(p.cycles * (p.small_count + 1));
  if constexpr (!Blocks::is_floor) worker.addresses().judge(p.min < p.big ? p.min : p.big);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("calloc_fresh", argc, argv);
  workload::Report report(arguments);
  const bool floor = arguments.flag("--floor");
  Parameters p = {};
  p.big = arguments.number("big", 8 << 20, 2, 1ull << 40);
  p.min = arguments.number("min", 16, 2, 1u << 30);
  p.max = arguments.number("max", 1024, p.min, 1u << 30);
  p.small_count = arguments.number("small", 4'000, 0, 1u << 30);
  p.cycles = arguments.number("cycles", 2'000, 1, 1ull << 40);
  p.ws = arguments.number("ws", 400, 1, 1u << 28);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  if (floor) report.set_floor();
  report.print(workload::with_fill(report.verify(), [&](auto fill) {
    return floor ? run<fill(), KeptBlocks>(p) : run<fill(), ClearedBlocks>(p);
  }));
  return 0;
}
