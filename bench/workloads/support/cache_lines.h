// cache_lines.h: the common body of cache_scratch and cache_thrash: threads that write small blocks
// hard, so that blocks of several threads on one cache line cost a multiple.
//
// Models Hoard's programs of these names (Berger et al., ASPLOS 2000): each byte of a block is read
// and written `reps` times. It differs in that every thread makes all `reps` (there they are shared
// out among the threads, so that time falls with their number), and in that each time adds one, so
// that a block that two threads hold at once ends with a wrong sum, which is corruption.
#pragma once

#include <pthread.h>
#include <stdint.h>

#include "support/block.h"
#include "support/mapped_array.h"
#include "support/report.h"
#include "support/threads.h"

namespace workload {

struct CacheLines {
  uint64_t threads;
  uint64_t iters;
  size_t size;
  uint64_t reps;
};

// Whose lines the first block of a thread lies on: its own, or main's, which allocated it.
enum class FirstBlock { own, from_main };

inline void write_hard(void* block, const CacheLines& p, uint8_t mark) {
  auto* const byte = static_cast<volatile uint8_t*>(block);
  const auto sum = static_cast<uint8_t>(mark + p.reps);
  for (size_t i = 0; i < p.size; ++i) byte[i] = static_cast<uint8_t>(mark + i);
  for (uint64_t rep = 0; rep < p.reps; ++rep) {
    for (size_t i = 0; i < p.size; ++i) byte[i] = static_cast<uint8_t>(byte[i] + 1);
  }
  for (size_t i = 0; i < p.size; ++i) {
    if (byte[i] != static_cast<uint8_t>(sum + i)) [[unlikely]]
      report_overwritten(block, p.size);
  }
}

// A block on its way to the thread that frees it.
struct GivenBlock {
  void* block;
  pthread_t owner;  // who allocated it
  bool freed_by_other;
};

template <FirstBlock first>
Result run_cache_lines(const CacheLines& p) {
  MappedArray<GivenBlock> given(p.threads);
  if constexpr (first == FirstBlock::from_main) {
    Addresses addresses;
    for (size_t i = 0; i < p.threads; ++i) {
      given[i] = {allocate(p.size), pthread_self(), false};
      addresses.note(given[i].block);
    }
    addresses.judge(p.size);
  }
  auto body = [&](unsigned index) {
    Addresses addresses;
    if constexpr (first == FirstBlock::from_main) {
      free(given[index].block);
      given[index].freed_by_other = pthread_equal(given[index].owner, pthread_self()) == 0;
    }
    for (uint64_t i = 0; i < p.iters; ++i) {
      void* const block = allocate(p.size);
      addresses.note(block);
      write_hard(block, p, mark_of(index, p.size));
      free(block);
    }
    addresses.judge(p.size);
  };
  Result result;
  result.seconds = run_threads(static_cast<unsigned>(p.threads), body);
  if constexpr (first == FirstBlock::from_main) {
    result.operations = p.threads * (2 * p.iters + 1);
    result.set_freed(p.threads * (p.iters + 1));
    result.has_remote_share = true;
    for (size_t i = 0; i < p.threads; ++i) result.remote_frees += given[i].freed_by_other ? 1 : 0;
  } else {
    result.operations = 2 * p.threads * p.iters;
    result.set_freed(p.threads * p.iters);
  }
  return result;
}

template <FirstBlock first>
int cache_lines_main(const char* program, int argc, char** argv) {
  Arguments arguments(program, argc, argv);
  Report report(arguments);
  CacheLines p = {};
  p.threads = arguments.threads("threads", 2, max_threads);
  p.iters = arguments.number("iters", 2'000, 1, 1ull << 40);
  p.size = arguments.number("size", 8, 1, 1u << 20);
  p.reps = arguments.number("reps", 20'000, 1, 1u << 30);
  arguments.done();
  report.print(run_cache_lines<first>(p));
  return 0;
}

}  // namespace workload
