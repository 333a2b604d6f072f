// larson.cc: a server whose objects outlive its threads.
//
// Each lane has an array of slots, filled by main at first. A thread replaces slots at random for
// one round and then starts a new thread that goes on with the same array, so blocks are freed by
// strangers and threads come and go. Time is fixed: the figure is operations per second.
// Models larson (Larson and Krishnan, 1998), whose parameters these are, but for its order of the
// last ones. It differs in that a thread is joined by its successor (there all are left detached),
// in filling the slots without shuffling and replacing them first, and in writing both ends of a
// block, where that writes two bytes.
#include <semaphore.h>
#include <stdint.h>

#include "support/clock.h"
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
  uint64_t seconds;
  uint64_t min;
  uint64_t max;
  uint64_t slots;
  uint64_t threads;
  uint64_t rounds;
  uint64_t seed;
};

// Everything in a lane is used by its one living thread, and by main before the first and after
// the last one.
struct alignas(128) Lane {
  const Parameters* parameters;
  const int* stop;
  TaggedBlock* slots;
  uint64_t index;
  uint64_t generation;
  uint64_t steps;
  uint64_t remote_frees;
  pthread_t thread;
  sem_t ended;
};

// A tag holds 16 bits: neighbouring generations of one lane differ, as do the lanes of one round.
unsigned owner_of(const Lane& lane) {
  return static_cast<unsigned>((lane.generation * workload::max_threads + lane.index) & 0xffff);
}

template <Fill fill>
void replace_slots(Lane& lane) {
  const Parameters& p = *lane.parameters;
  const unsigned owner = owner_of(lane);
  workload::Random random(p.seed + lane.generation, lane.index);
  const uint64_t steps = p.slots * p.rounds;
  uint64_t step = 0;
  for (; step < steps; ++step) {
    if ((step & 255) == 0 && __atomic_load_n(lane.stop, __ATOMIC_RELAXED) != 0) break;
    TaggedBlock& slot = lane.slots[random.below(p.slots)];
    lane.remote_frees += workload::free_tagged<fill>(slot).owner != owner;
    slot = workload::allocate_tagged<fill>(p.min + random.below(p.max - p.min + 1), owner);
  }
  lane.steps += step;
}

template <Fill fill>
void* live(void* argument) {
  Lane& lane = *static_cast<Lane*>(argument);
  // The predecessor is about to end; joining it here keeps at most two threads to a lane.
  if (lane.generation > 1) pthread_join(lane.thread, nullptr);
  replace_slots<fill>(lane);
  lane.thread = pthread_self();
  ++lane.generation;
  if (__atomic_load_n(lane.stop, __ATOMIC_RELAXED) != 0) {
    sem_post(&lane.ended);
    return nullptr;
  }
  pthread_t successor;
  workload::start_thread(successor, live<fill>, &lane);
  return nullptr;
}

template <Fill fill>
Result run(const Parameters& p) {
  int stop = 0;
  MappedArray<Lane> lanes(p.threads);
  MappedArray<TaggedBlock> slots(p.threads * p.slots);
  workload::Random random(p.seed);
  for (size_t i = 0; i < slots.size(); ++i) {
    slots[i] = workload::allocate_tagged<fill>(p.min + random.below(p.max - p.min + 1), 0xffff);
  }
  const double start = workload::now_seconds();
  for (size_t i = 0; i < p.threads; ++i) {
    Lane& lane = lanes[i];
    lane.parameters = &p;
    lane.stop = &stop;
    lane.slots = &slots[i * p.slots];
    lane.index = i;
    lane.generation = 1;
    sem_init(&lane.ended, 0, 0);
    pthread_t thread;
    workload::start_thread(thread, live<fill>, &lane);
  }
  const timespec duration = {static_cast<time_t>(p.seconds), 0};
  nanosleep(&duration, nullptr);
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  Result result;
  for (size_t i = 0; i < p.threads; ++i) {
    Lane& lane = lanes[i];
    while (sem_wait(&lane.ended) != 0) {
    }
    pthread_join(lane.thread, nullptr);
    sem_destroy(&lane.ended);
    result.operations += 2 * lane.steps;
    result.remote_frees += lane.remote_frees;
  }
  result.seconds = workload::now_seconds() - start;
  result.set_blocks(slots.size() + result.operations / 2, slots.size());
  result.has_remote_share = true;
  for (size_t i = 0; i < slots.size(); ++i) {
    workload::free_tagged<fill>(slots[i]);
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("larson", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.seconds = arguments.number("seconds", 2, 1, 86'400);
  p.min = arguments.number("min", 8, workload::smallest_tagged, 1u << 30);
  p.max = arguments.number("max", 1000, p.min, 1u << 30);
  p.slots = arguments.number("slots", 5000, 1, 1u << 28);
  p.threads = arguments.threads("threads", 2, workload::max_threads);
  p.rounds = arguments.number("rounds", 100, 1, 1u << 28);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
