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

template <FreeOrder order, Fill fill, class Take, class Give>
Result run_hot_batches(const HotBatches& p, Take take, Give give) {
  MappedArray<void*> blocks(p.batch);
  const double start = now_seconds();
  for (uint64_t cycle = 0; cycle < p.cycles; ++cycle) {
    for (size_t i = 0; i < p.batch; ++i) {
      blocks[i] = take(i);
      write_marked<fill>(blocks[i], p.size, mark_of(i, p.size));
    }
    for (size_t done = 0; done < p.batch; ++done) {
      const size_t i = order == FreeOrder::reverse ? p.batch - 1 - done : done;
      check_marked<fill>(blocks[i], p.size, mark_of(i, p.size));
      give(blocks[i]);
    }
  }
  Result result;
  result.seconds = now_seconds() - start;
  result.operations = 2 * p.batch * p.cycles;
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
  arguments.expect_all_used();

  if (floor) {
    report.set_floor();
    MappedArray<uint8_t> packed(p.size * p.batch);
    const auto take = [&](size_t i) -> void* { return &packed[i * p.size]; };
    const auto give = [](void*) {};
    report.print(report.verify() ? run_hot_batches<order, Fill::whole>(p, take, give)
                                 : run_hot_batches<order, Fill::ends>(p, take, give));
    return 0;
  }
  const auto take = [&](size_t) { return allocate(p.size); };
  const auto give = [](void* block) { free(block); };
  report.print(report.verify() ? run_hot_batches<order, Fill::whole>(p, take, give)
                               : run_hot_batches<order, Fill::ends>(p, take, give));
  return 0;
}

}  // namespace workload
