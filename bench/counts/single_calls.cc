// single_calls.cc: calls of one kind and one size, again and again, for `hakmem counts`.
//
// A round takes a batch of blocks and frees it in reverse order. It runs under callgrind, which
// counts what each of the four functions below calls; a function's own instructions, the loop, are
// told apart from that. `rounds` rounds go before, `rounds` more are made in second_half, where
// alone callgrind collects: what 2N rounds cost less what N cost.
//   --fifo     frees in the order of allocation
//   --calloc   takes by calloc instead of malloc
//   --realloc  resizes every block to the size it has before it is freed
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "support/block.h"
#include "support/mapped_array.h"
#include "support/report.h"

namespace workload {

struct Rounds {
  void** blocks;
  size_t batch;
  size_t size;
  uint64_t rounds;
  bool fifo;
  bool by_calloc;
  bool resize;
};

// As a program would that uses what it asks for: memory that was written is not known to be zero.
inline void keep(void** place, void* block, size_t bytes) {
  if (block == nullptr) report_no_memory(bytes);
  *static_cast<volatile uint8_t*>(block) = 1;
  *place = block;
}

// Callgrind knows them by these names; in a stripped program by those that it exports.
extern "C" {

[[gnu::noinline]] void take_by_malloc(const Rounds& r) {
  for (size_t i = 0; i < r.batch; ++i) keep(&r.blocks[i], malloc(r.size), r.size);
}

[[gnu::noinline]] void take_by_calloc(const Rounds& r) {
  for (size_t i = 0; i < r.batch; ++i) keep(&r.blocks[i], calloc(1, r.size), r.size);
}

[[gnu::noinline]] void resize_by_realloc(const Rounds& r) {
  for (size_t i = 0; i < r.batch; ++i) {
    keep(&r.blocks[i], realloc(r.blocks[i], r.size), r.size);
  }
}

[[gnu::noinline]] void give_by_free(const Rounds& r) {
  for (size_t i = 0; i < r.batch; ++i) free(r.blocks[r.fifo ? i : r.batch - 1 - i]);
}

[[gnu::noinline]] void make_rounds(const Rounds& r) {
  for (uint64_t round = 0; round < r.rounds; ++round) {
    r.by_calloc ? take_by_calloc(r) : take_by_malloc(r);
    if (r.resize) resize_by_realloc(r);
    give_by_free(r);
  }
}

[[gnu::noinline]] void second_half(const Rounds& r) {
  make_rounds(r);
  asm volatile("" ::: "memory");  // it returns here: a tail call would leave it at once
}

}  // extern "C"

}  // namespace workload

int main(int argc, char** argv) {
  workload::Arguments arguments("single_calls", argc, argv);
  workload::Report report(arguments);
  workload::Rounds r = {};
  r.fifo = arguments.flag("--fifo");
  r.by_calloc = arguments.flag("--calloc");
  r.resize = arguments.flag("--realloc");
  r.size = arguments.number("size", 64, 1, 1ull << 40);
  r.batch = arguments.number("batch", 2, 1, 1u << 24);
  r.rounds = arguments.number("rounds", 1'000, 1, 1ull << 32);
  arguments.done();

  workload::MappedArray<void*> blocks(r.batch);
  r.blocks = blocks.data();
  workload::make_rounds(r);
  workload::second_half(r);
  workload::Result result;
  result.operations = 2 * r.rounds * r.batch * (r.resize ? 3 : 2);
  report.print(result);
  return 0;
}
