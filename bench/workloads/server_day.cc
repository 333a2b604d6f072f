// server_day.cc: a server's day in seconds: load, idle, spike, idle, spike, idle.
//
// Worker threads hold sessions, blocks of mixed sizes that they replace at random; a spike has many
// times as many. When it is over the sessions beyond the usual load end, and the threads sleep: in
// an idle phase nobody calls the allocator. The resident memory over each phase is reported: after
// a spike it should become what it was before. A phase stands for hours of a day; the defaults make
// seconds of them, busy_ms=60k idle_ms=120k minutes. The time of phases is fixed; operations are
// the calls that the busy ones had room for, and seconds what those took. Models no public program.
#include <pthread.h>
#include <stdint.h>
#include <time.h>

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
  uint64_t load;
  uint64_t spike;
  uint64_t spikes;
  uint64_t busy_ms;
  uint64_t idle_ms;
  uint64_t min;
  uint64_t max;
  uint64_t seed;

  // Sessions of one thread while `bytes` are live in all.
  size_t sessions(uint64_t bytes) const { return bytes / ((min + max) / 2) / threads + 1; }
};

// What the threads are to do next; written by main between two barriers.
struct Order {
  bool end;
  bool busy;
  size_t sessions;
  double until;
};

// What one thread did; on its own cache lines.
struct alignas(128) Counts {
  uint64_t begun;     // sessions that began
  uint64_t replaced;  // blocks freed and allocated anew
  uint64_t live;      // sessions at the end of the day
};

template <Fill fill>
class Worker {
 public:
  Worker(const Parameters& p, unsigned index)
      : p_(p),
        index_(index),
        random_(p.seed, index),
        blocks_(p.sessions(p.spike > p.load ? p.spike : p.load)) {}

  void obey(const Order& order) {
    while (sessions_ > order.sessions) workload::free_tagged<fill>(blocks_[--sessions_]);
    if (!order.busy) return;
    counts_.begun += order.sessions - sessions_;
    while (sessions_ < order.sessions) blocks_[sessions_++] = fresh();
    while (workload::now_seconds() < order.until) {
      for (unsigned i = 0; i < steps_per_look; ++i) {
        TaggedBlock& block = blocks_[random_.below(sessions_)];
        workload::free_tagged<fill>(block);
        block = fresh();
      }
      counts_.replaced += steps_per_look;
    }
  }

  // Ends all sessions; returns what happened until then.
  Counts end() {
    counts_.live = sessions_;
    while (sessions_ > 0) workload::free_tagged<fill>(blocks_[--sessions_]);
    return counts_;
  }

 private:
  static constexpr unsigned steps_per_look = 256;

  TaggedBlock fresh() {
    return workload::allocate_tagged<fill>(p_.min + random_.below(p_.max - p_.min + 1), index_);
  }

  const Parameters& p_;
  unsigned index_;
  workload::Random random_;
  MappedArray<TaggedBlock> blocks_;
  size_t sessions_ = 0;
  Counts counts_ = {};
};

// Gives the orders of the day, and notes the memory during each.
class Day {
 public:
  Day(const Parameters& p, Order& order, pthread_barrier_t& barrier, Result& result)
      : p_(p), order_(order), barrier_(barrier), result_(result) {}

  void run() {
    busy("load", p_.load);
    idle();
    for (uint64_t i = 0; i < p_.spikes; ++i) {
      busy("spike", p_.spike);
      idle();
    }
    order_ = {.end = true, .busy = false, .sessions = 0, .until = 0};
    pthread_barrier_wait(&barrier_);
  }

 private:
  void busy(const char* name, uint64_t live_bytes) {
    const double start = workload::now_seconds();
    order_ = {.end = false,
              .busy = true,
              .sessions = p_.sessions(live_bytes),
              .until = start + 1e-3 * static_cast<double>(p_.busy_ms)};
    watch(name, p_.busy_ms);
    result_.seconds += workload::now_seconds() - start;
  }

  void idle() {
    order_ = {.end = false, .busy = false, .sessions = p_.sessions(p_.load), .until = 0};
    watch("idle", p_.idle_ms);
  }

  // Lets the order be obeyed for so long.
  void watch(const char* name, uint64_t milliseconds) {
    Result::Phase& phase = result_.begin_phase(name);
    pthread_barrier_wait(&barrier_);
    const uint64_t pause_us = milliseconds * 1000 / Result::looks;
    const timespec pause = {static_cast<time_t>(pause_us / 1'000'000),
                            static_cast<long>(pause_us % 1'000'000 * 1000)};
    for (int look = 0; look < Result::looks; ++look) {
      nanosleep(&pause, nullptr);
      // The last look is when all threads are done.
      if (look == Result::looks - 1) pthread_barrier_wait(&barrier_);
      phase.rss_bytes[look] = workload::status_bytes("VmRSS");
    }
  }

  const Parameters& p_;
  Order& order_;
  pthread_barrier_t& barrier_;
  Result& result_;
};

template <Fill fill>
Result run(const Parameters& p) {
  const auto threads = static_cast<unsigned>(p.threads);
  Result result;
  Order order = {};
  pthread_barrier_t barrier;
  pthread_barrier_init(&barrier, nullptr, threads + 1);
  MappedArray<Counts> counts(threads);
  auto body = [&](unsigned index) {
    if (index == threads) return Day(p, order, barrier, result).run();
    Worker<fill> worker(p, index);
    for (;;) {
      pthread_barrier_wait(&barrier);
      const Order mine = order;
      if (mine.end) break;
      worker.obey(mine);
      pthread_barrier_wait(&barrier);
    }
    counts[index] = worker.end();
  };
  workload::run_threads(threads + 1, body);
  pthread_barrier_destroy(&barrier);
  uint64_t allocations = 0;
  uint64_t live = 0;
  for (unsigned i = 0; i < threads; ++i) {
    allocations += counts[i].begun + counts[i].replaced;
    live += counts[i].live;
    result.operations += counts[i].begun + 2 * counts[i].replaced;
  }
  result.set_blocks(allocations, live);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("server_day", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.threads = arguments.threads("threads", 4, workload::max_threads - 1);
  p.load = arguments.number("load", 32 << 20, 1, 1ull << 40);
  p.spike = arguments.number("spike", 256 << 20, 1, 1ull << 40);
  p.spikes = arguments.number("spikes", 2, 0, (Result::max_phases - 2) / 2);
  p.busy_ms = arguments.number("busy_ms", 1'000, 1, 86'400'000);
  p.idle_ms = arguments.number("idle_ms", 2'000, 1, 86'400'000);
  p.min = arguments.number("min", 16, workload::smallest_tagged, 1u << 30);
  p.max = arguments.number("max", 4096, p.min, 1u << 30);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
