// hot_batches.h: the common body of tiny_hot and fifo_hot: allocate a batch of blocks of one size,
// free it in one order, again and again. --floor makes the same accesses to packed blocks.
#pragma once

#include <stdint.h>

#include "support/block.h"
#include "support/clock.h"
#include "support/mapped_array.h"
#include "support/report.h"

namespace workload {

enum class FreeOrder { reverse, same };

struct HotBatches {
  size_t size;
  size_t batch;
  uint64_t cycles;
};

// The subject: blocks from malloc.
class AllocatedBatch {
 public:
  static constexpr bool is_floor = false;
  explicit AllocatedBatch(const HotBatches& p) : size_(p.size) {}
  void* take(size_t) { return allocate(size_); }
  void give(void* block) { free(block); }

 private:
  size_t size_;
};

class PackedBatch {
 public:
  static constexpr bool is_floor = true;
  explicit PackedBatch(const HotBatches& p) : size_(p.size), bytes_(p.size * p.batch) {}
  void* take(size_t i) { return &bytes_[i * size_]; }
  void give(void*) {}

 private:
  size_t size_;
  MappedArray<uint8_t> bytes_;
};

template <FreeOrder order, Fill fill, class Blocks>
Result run_hot_batches(const HotBatches& p) {
  const auto [size, batch, cycles] = p;
  Blocks source(p);
  Addresses addresses;
  MappedArray<void*> blocks(batch);
  const double start = now_seconds();
  for (uint64_t cycle = 0; cycle < cycles; ++cycle) {
    for (size_t i = 0; i < batch; ++i) {
      blocks[i] = source.take(i);
      addresses.note(blocks[i]);
      write_marked<fill>(blocks[i], size, mark_of(i, size));
    }
    for (size_t done = 0; done < batch; ++done) {
      const size_t i = order == FreeOrder::reverse ? batch - 1 - done : done;
      check_marked<fill>(blocks[i], size, mark_of(i, size));
      source.give(blocks[i]);
    }
  }
  Result result;
  result.seconds = now_seconds() - start;
  result.operations = 2 * batch * cycles;
  result.set_freed(batch * cycles);
  if constexpr (!Blocks::is_floor) addresses.judge(size);
  return result;
}

template <FreeOrder order>
int hot_batches_main(const char* program, int argc, char** argv) {
  Arguments arguments(program, argc, argv);
  Report report(arguments);
  const bool floor = arguments.flag("--floor");
  HotBatches p = {};
  p.size = arguments.number("size", 64, 1, 1u << 30);
  p.batch = arguments.number("batch", 100, 1, 1u << 24);
  p.cycles = arguments.number("cycles", 100'000, 1, 1ull << 40);
  arguments.done();
  if (floor) report.set_floor();
  report.print(with_fill(report.verify(), [&](auto fill) {
    return floor ? run_hot_batches<order, fill(), PackedBatch>(p)
                 : run_hot_batches<order, fill(), AllocatedBatch>(p);
  }));
  return 0;
}

}  // namespace workload
