// thread_churn.cc: thousands of short threads, each allocating a little and leaving half of it
// behind.
//
// `threads` lanes run side by side; in each, one thread follows another, `iters` in all. A thread
// frees what its predecessor left, allocates `lifetime` blocks, frees every other one and ends:
// what a heap costs to get and to give up, and what becomes of memory whose thread is gone. Models
// mimalloc-bench's mleak, whose threads, ten at a time, allocate one block and free that of an
// earlier thread. It differs in the longer lives, in sizes, and in that a lane does not wait for
// the others.
#include <pthread.h>
#include <stdint.h>

#include "support/mapped_array.h"
#include "support/random.h"
#include "support/report.h"
#include "support/tagged_block.h"
#include "support/threads.h"

namespace {

using workload::Fill;
using workload::MappedArray;
using workload::Result;
using workload::TaggedBlock;

struct Parameters {
  uint64_t threads;
  uint64_t lifetime;
  uint64_t iters;
  uint64_t min;
  uint64_t max;
  uint64_t seed;
};

// One thread's life; the lane's starter waits for its end.
struct Life {
  const Parameters* parameters;
  TaggedBlock* left;  // by the predecessor, then by this one
  uint64_t number;
  uint16_t name;  // in its blocks; differs from the predecessor's
  uint64_t remote_frees;
};

template <Fill fill>
void* live(void* argument) {
  Life& life = *static_cast<Life*>(argument);
  const Parameters& p = *life.parameters;
  workload::Random random(p.seed, life.number);
  const auto release = [&](TaggedBlock& block) {
    life.remote_frees += workload::free_tagged<fill>(block).owner != life.name;
    block = {};
  };
  for (size_t i = 0; i < p.lifetime; ++i) {
    if (life.left[i]) release(life.left[i]);
    life.left[i] =
        workload::allocate_tagged<fill>(p.min + random.below(p.max - p.min + 1), life.name);
  }
  for (size_t i = 0; i < p.lifetime; i += 2) release(life.left[i]);
  return nullptr;
}

template <Fill fill>
Result run(const Parameters& p) {
  MappedArray<TaggedBlock> left(p.threads * p.lifetime);
  MappedArray<Life> lives(p.threads);
  const uint64_t lane_lives = (p.iters + p.threads - 1) / p.threads;
  auto lane = [&](unsigned index) {
    Life& life = lives[index];
    life.parameters = &p;
    life.left = &left[index * p.lifetime];
    for (uint64_t i = 0; i < lane_lives; ++i) {
      life.number = index * lane_lives + i;
      life.name = static_cast<uint16_t>(2 * index + i % 2);
      pthread_t thread;
      workload::start_thread(thread, live<fill>, &life);
      pthread_join(thread, nullptr);
    }
  };
  Result result;
  result.seconds = workload::run_threads(static_cast<unsigned>(p.threads), lane);
  for (size_t i = 0; i < p.threads; ++i) result.remote_frees += lives[i].remote_frees;
  result.has_remote_share = true;
  uint64_t live = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    if (!left[i]) continue;
    workload::free_tagged<fill>(left[i]);
    ++live;
  }
  result.set_blocks(p.threads * lane_lives * p.lifetime, live);
  result.operations = result.allocations + result.frees;
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("thread_churn", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.threads = arguments.threads("threads", 4, workload::max_threads);
  p.lifetime = arguments.number("lifetime", 200, 1, 1u << 24);
  p.iters = arguments.number("iters", 20'000, 1, 1ull << 40);
  p.min = arguments.number("min", 16, workload::smallest_tagged, 1u << 30);
  p.max = arguments.number("max", 1024, p.min, 1u << 30);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
