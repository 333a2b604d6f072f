// stress_phases.cc: threads start, build, exchange objects and die, phase after phase.
//
// In each phase every thread allocates objects, frees some at random, keeps some to the end of its
// life and exchanges others through a table that all threads share; then it frees what it holds
// and ends. Between phases main frees half of the table: the rest survives its threads.
// A stress of remote frees and of memory whose threads are gone; threads of one phase do unequal
// amounts of work.
#include <stdint.h>

#include "support/block.h"
#include "support/mapped_array.h"
#include "support/random.h"
#include "support/report.h"
#include "support/threads.h"

namespace {

using workload::Fill;
using workload::MappedArray;
using workload::Result;

struct Parameters {
  uint64_t threads;
  uint64_t scale;
  uint64_t phases;
  uint64_t max;
  uint64_t seed;
};

constexpr size_t shared_places = 1000;
constexpr uint64_t steps_per_scale = 100;

struct alignas(128) Counts {
  uint64_t allocations;
  uint64_t frees;
  uint64_t remote_frees;
};

template <Fill fill>
void free_object(void* object, unsigned freeing_thread, Counts& counts) {
  counts.remote_frees += workload::free_tagged<fill>(object).owner != freeing_thread;
  ++counts.frees;
}

template <Fill fill>
class Worker {
 public:
  Worker(const Parameters& p, unsigned index, unsigned owner, MappedArray<void*>& shared)
      : p_(p),
        owner_(owner),
        random_(p.seed, owner),
        steps_(steps_per_scale * p.scale * (index % 8 + 1)),
        shared_(shared),
        objects_(steps_),
        kept_(steps_) {}

  Counts run() {
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
    for (size_t i = 0; i < kept_count_; ++i) free_object<fill>(kept_[i], owner_, counts_);
    return counts_;
  }

 private:
  // Mostly small objects; one in a hundred up to 8 times and one in a thousand up to 64 times max.
  void* allocate_object() {
    const uint64_t draw = random_.below(1000);
    const uint64_t limit = draw == 0 ? p_.max * 64 : draw <= 10 ? p_.max * 8 : p_.max;
    const uint64_t span = limit >> random_.below(5);
    ++counts_.allocations;
    return workload::allocate_tagged<fill>(sizeof(workload::Tag) + random_.below(span + 1), owner_);
  }

  void free_one() {
    const size_t place = random_.below(object_count_);
    void* const object = objects_[place];
    objects_[place] = objects_[--object_count_];
    free_object<fill>(object, owner_, counts_);
  }

  void exchange_one() {
    void*& object = objects_[random_.below(object_count_)];
    // Acquire: the stranger's writes to the object; release: our own to the one given away.
    void* const other =
        __atomic_exchange_n(&shared_[random_.below(shared_places)], object, __ATOMIC_ACQ_REL);
    object = other != nullptr ? other : objects_[--object_count_];
  }

  const Parameters& p_;
  unsigned owner_;
  workload::Random random_;
  uint64_t steps_;
  MappedArray<void*>& shared_;
  MappedArray<void*> objects_;
  MappedArray<void*> kept_;
  size_t object_count_ = 0;
  size_t kept_count_ = 0;
  Counts counts_ = {};
};

template <Fill fill>
Result run(const Parameters& p) {
  constexpr unsigned main_owner = 0xffff;
  MappedArray<void*> shared(shared_places);
  MappedArray<Counts> counts(p.threads);
  workload::Random random(p.seed, main_owner);
  Counts total = {};
  Result result;
  for (uint64_t phase = 0; phase < p.phases; ++phase) {
    auto body = [&](unsigned index) {
      const auto owner = static_cast<unsigned>((phase * p.threads + index) % main_owner);
      counts[index] = Worker<fill>(p, index, owner, shared).run();
    };
    result.seconds += workload::run_threads(static_cast<unsigned>(p.threads), body);
    for (size_t i = 0; i < p.threads; ++i) {
      total.allocations += counts[i].allocations;
      total.frees += counts[i].frees;
      total.remote_frees += counts[i].remote_frees;
    }
    const bool last = phase + 1 == p.phases;
    for (size_t i = 0; i < shared_places; ++i) {
      if (shared[i] == nullptr || (!last && random.chance(50))) continue;
      free_object<fill>(shared[i], main_owner, total);
      shared[i] = nullptr;
    }
  }
  if (total.allocations != total.frees) workload::report_corruption(nullptr, 0);
  result.operations = total.allocations + total.frees;
  result.frees = total.frees;
  result.has_remote_share = true;
  result.remote_frees = total.remote_frees;
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("stress_phases", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.threads = arguments.number("threads", 8, 1, workload::max_threads);
  p.scale = arguments.number("scale", 50, 1, 1u << 20);
  p.phases = arguments.number("phases", 40, 1, 1u << 20);
  p.max = arguments.number("max", 1024, 8, 1u << 20);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.expect_all_used();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
