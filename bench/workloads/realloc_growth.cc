// realloc_growth.cc: one thread lets many buffers grow by small steps, in turn, as programs do that
// collect text or events. Each step keeps the first and the last byte of what was there before.
//
// operations = calls of malloc, realloc and free. Models no public program.
//   --floor   the same accesses in buffers that have their full length from the start
#include <stdint.h>
#include <stdlib.h>

#include "support/block.h"
#include "support/clock.h"
#include "support/mapped_array.h"
#include "support/report.h"

namespace {

using workload::Fill;
using workload::MappedArray;
using workload::Result;

struct Parameters {
  uint64_t start;
  uint64_t step;
  uint64_t count;
  uint64_t cycles;
  uint64_t buffers;

  size_t bytes_after(uint64_t steps) const { return start + step * steps; }
};

// The subject: buffers from realloc.
class GrowingBuffers {
 public:
  static constexpr bool is_floor = false;
  explicit GrowingBuffers(const Parameters&) {}
  void* begin(size_t, size_t bytes) { return workload::allocate(bytes); }
  void* grow(void* buffer, size_t bytes) {
    void* const grown = realloc(buffer, bytes);
    if (grown == nullptr) workload::report_no_memory(bytes);
    return grown;
  }
  void end(void* buffer) { free(buffer); }
};

class FullBuffers {
 public:
  static constexpr bool is_floor = true;
  explicit FullBuffers(const Parameters& p)
      : full_bytes_(p.bytes_after(p.count)), bytes_(p.buffers * full_bytes_) {}
  void* begin(size_t index, size_t) { return &bytes_[index * full_bytes_]; }
  void* grow(void* buffer, size_t) { return buffer; }
  void end(void*) {}

 private:
  size_t full_bytes_;
  MappedArray<uint8_t> bytes_;
};

template <Fill fill, class Buffers>
Result run(const Parameters& p) {
  Buffers source(p);
  workload::Addresses addresses;
  MappedArray<void*> buffers(p.buffers);
  const auto write = [&](size_t i, size_t bytes) {
    workload::write_marked<fill>(buffers[i], bytes, workload::mark_of(i, bytes));
  };
  const auto check = [&](size_t i, size_t bytes) {
    workload::check_marked<fill>(buffers[i], bytes, workload::mark_of(i, bytes));
  };
  const double start = workload::now_seconds();
  for (uint64_t cycle = 0; cycle < p.cycles; ++cycle) {
    for (size_t i = 0; i < p.buffers; ++i) {
      buffers[i] = source.begin(i, p.start);
      addresses.note(buffers[i]);
      write(i, p.start);
    }
    for (uint64_t steps = 1; steps <= p.count; ++steps) {
      for (size_t i = 0; i < p.buffers; ++i) {
        buffers[i] = source.grow(buffers[i], p.bytes_after(steps));
        addresses.note(buffers[i]);
        check(i, p.bytes_after(steps - 1));
        write(i, p.bytes_after(steps));
      }
    }
    for (size_t i = 0; i < p.buffers; ++i) {
      check(i, p.bytes_after(p.count));
      source.end(buffers[i]);
    }
  }
  Result result;
  result.seconds = workload::now_seconds() - start;
  result.operations = p.cycles * p.buffers * (p.count + 2);
  result.set_freed(p.cycles * p.buffers);
  result.reallocations = p.cycles * p.buffers * p.count;
  if constexpr (!Buffers::is_floor) addresses.judge(p.start);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("realloc_growth", argc, argv);
  workload::Report report(arguments);
  const bool floor = arguments.flag("--floor");
  Parameters p = {};
  p.start = arguments.number("start", 16, 1, 1u << 30);
  p.step = arguments.number("step", 48, 1, 1u << 30);
  p.count = arguments.number("count", 4'000, 1, 1u << 24);
  p.cycles = arguments.number("cycles", 20, 1, 1ull << 40);
  p.buffers = arguments.number("buffers", 100, 1, 1u << 24);
  arguments.done();
  if (floor) report.set_floor();
  report.print(workload::with_fill(report.verify(), [&](auto fill) {
    return floor ? run<fill(), FullBuffers>(p) : run<fill(), GrowingBuffers>(p);
  }));
  return 0;
}
