// stress_phases.cc: threads start, build, exchange objects and die, phase after phase.
//
// In each phase every thread allocates objects, frees some at random, keeps some to the end of its
// life and exchanges others through a table that all threads share; then it frees what it holds
// and ends. Between phases main frees half of the table: the rest survives its threads.
// A stress of remote frees and of memory whose threads are gone; threads of one phase do unequal
// amounts of work. Time and operations are those of the threads, not of main between phases.
// Models mimalloc's mstress (Leijen, 2018), with its chances, its shared table and its unequal
// threads. It differs in sizes that are not powers of two and not huge, in keeping half of the
// objects to the end of the thread (there a third), in writing both ends of an object only, and in
// that main waits.
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
  uint64_t scale;
  uint64_t phases;
  uint64_t max;
  uint64_t seed;
};

constexpr size_t shared_places = 1000;
constexpr uint64_t steps_per_scale = 100;

template <Fill fill>
class Worker {
 public:
  Worker(const Parameters& p, unsigned index, unsigned owner, MappedArray<TaggedBlock>& shared)
      : p_(p),
        owner_(owner),
        random_(p.seed, owner),
        steps_(steps_of(p, index)),
        shared_(shared),
        objects_(steps_),
        kept_(steps_) {}

  // Each allocates one object.
  static uint64_t steps_of(const Parameters& p, unsigned index) {
    return steps_per_scale * p.scale * (index % 8 + 1);
  }

  // Returns how many objects of others it freed.
  uint64_t run() {
    for (uint64_t step = 0; step < steps_; ++step) {
      if (random_.chance(50)) {
        objects_[object_count_++] = allocate_object();
      } else {
        kept_[kept_count_++] = allocate_object();
      }
      if (random_.chance(66) && object_count_ > 0) free_one();
      if (random_.chance(25) && object_count_ > 0) exchange_one();
    }
    while (object_count_ > 0) free_one();
    for (size_t i = 0; i < kept_count_; ++i) free_object(kept_[i]);
    return remote_frees_;
  }

 private:
  // Mostly small objects; one in a hundred up to 8 times and one in a thousand up to 64 times max.
  TaggedBlock allocate_object() {
    const uint64_t draw = random_.below(1000);
    const uint64_t limit = draw == 0 ? p_.max * 64 : draw <= 10 ? p_.max * 8 : p_.max;
    const uint64_t span = limit >> random_.below(5);
    return workload::allocate_tagged<fill>(workload::smallest_tagged + random_.below(span + 1),
                                           owner_);
  }

  void free_object(TaggedBlock object) {
    remote_frees_ += workload::free_tagged<fill>(object).owner != owner_;
  }

  void free_one() {
    const size_t place = random_.below(object_count_);
    const TaggedBlock object = objects_[place];
    objects_[place] = objects_[--object_count_];
    free_object(object);
  }

  void exchange_one() {
    TaggedBlock& object = objects_[random_.below(object_count_)];
    const TaggedBlock other = workload::exchange(shared_[random_.below(shared_places)], object);
    object = other ? other : objects_[--object_count_];
  }

  const Parameters& p_;
  unsigned owner_;
  workload::Random random_;
  uint64_t steps_;
  MappedArray<TaggedBlock>& shared_;
  MappedArray<TaggedBlock> objects_;
  MappedArray<TaggedBlock> kept_;
  size_t object_count_ = 0;
  size_t kept_count_ = 0;
  uint64_t remote_frees_ = 0;
};

template <Fill fill>
Result run(const Parameters& p) {
  constexpr unsigned main_owner = 0xffff;
  MappedArray<TaggedBlock> shared(shared_places);
  MappedArray<uint64_t> remote_frees(p.threads);
  workload::Random random(p.seed, main_owner);
  Result result;
  uint64_t allocations = 0;
  uint64_t freed_by_main = 0;
  uint64_t live = 0;
  for (uint64_t phase = 0; phase < p.phases; ++phase) {
    auto body = [&](unsigned index) {
      const auto owner = static_cast<unsigned>((phase * p.threads + index) % main_owner);
      remote_frees[index] = Worker<fill>(p, index, owner, shared).run();
    };
    result.seconds += workload::run_threads(static_cast<unsigned>(p.threads), body);
    for (unsigned i = 0; i < p.threads; ++i) {
      allocations += Worker<fill>::steps_of(p, i);
      result.remote_frees += remote_frees[i];
    }
    const bool last = phase + 1 == p.phases;
    for (size_t i = 0; i < shared_places; ++i) {
      if (!shared[i] || (!last && random.chance(50))) continue;
      workload::free_tagged<fill>(shared[i]);
      shared[i] = {};
      ++(last ? live : freed_by_main);
    }
  }
  result.set_blocks(allocations, live);
  result.operations = result.allocations + result.frees - freed_by_main;
  result.has_remote_share = true;
  result.remote_frees += freed_by_main;
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("stress_phases", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.threads = arguments.threads("threads", 8, workload::max_threads);
  p.scale = arguments.number("scale", 50, 1, 1u << 20);
  p.phases = arguments.number("phases", 40, 1, 1u << 20);
  p.max = arguments.number("max", 1024, 8, 1u << 20);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
