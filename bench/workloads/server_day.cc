// server_day.cc: a server's day in seconds: load, idle, spike, idle, spike, idle.
//
// Worker threads hold sessions, blocks of mixed sizes that they replace at random; a spike has many
// times as many. When it is over the sessions beyond the usual load end, and the threads sleep: in
// an idle phase nobody calls the allocator. The resident memory at the end of each phase is
// reported: after a spike it should be what it was before. The time of phases is fixed; operations
// are the calls that the busy ones had room for.
#include <pthread.h>
#include <stdint.h>
#include <time.h>

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

template <Fill fill>
class Worker {
 public:
  Worker(const Parameters& p, unsigned index)
      : p_(p),
        index_(index),
        random_(p.seed, index),
        blocks_(p.sessions(p.spike > p.load ? p.spike : p.load)) {}

  void obey(const Order& order) {
    while (sessions_ > order.sessions) release(blocks_[--sessions_]);
    if (!order.busy) return;
    while (sessions_ < order.sessions) blocks_[sessions_++] = fresh();
    while (workload::now_seconds() < order.until) {
      for (unsigned i = 0; i < steps_per_look; ++i) {
        void*& block = blocks_[random_.below(sessions_)];
        release(block);
        block = fresh();
      }
    }
  }

  uint64_t operations() const { return operations_; }

 private:
  static constexpr unsigned steps_per_look = 256;

  void* fresh() {
    ++operations_;
    return workload::allocate_tagged<fill>(p_.min + random_.below(p_.max - p_.min + 1), index_);
  }
  void release(void* block) {
    ++operations_;
    workload::free_tagged<fill>(block);
  }

  const Parameters& p_;
  unsigned index_;
  workload::Random random_;
  MappedArray<void*> blocks_;
  size_t sessions_ = 0;
  uint64_t operations_ = 0;
};

// Gives the orders of the day, and notes the memory at the end of each.
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
    const double seconds = 1e-3 * static_cast<double>(p_.busy_ms);
    order_ = {.end = false,
              .busy = true,
              .sessions = p_.sessions(live_bytes),
              .until = workload::now_seconds() + seconds};
    pthread_barrier_wait(&barrier_);
    pthread_barrier_wait(&barrier_);
    result_.seconds += seconds;
    result_.add_phase(name);
  }

  void idle() {
    order_ = {.end = false, .busy = false, .sessions = p_.sessions(p_.load), .until = 0};
    pthread_barrier_wait(&barrier_);
    const timespec duration = {static_cast<time_t>(p_.idle_ms / 1000),
                               static_cast<long>(p_.idle_ms % 1000 * 1'000'000)};
    nanosleep(&duration, nullptr);
    pthread_barrier_wait(&barrier_);
    result_.add_phase("idle");
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
  MappedArray<uint64_t> operations(threads);
  auto body = [&](unsigned index) {
    if (index == threads) return Day(p, order, barrier, result).run();
    Worker<fill> worker(p, index);
    for (;;) {
      pthread_barrier_wait(&barrier);
      const Order mine = order;
      worker.obey(mine);
      if (mine.end) break;
      pthread_barrier_wait(&barrier);
    }
    operations[index] = worker.operations();
  };
  workload::run_threads(threads + 1, body);
  pthread_barrier_destroy(&barrier);
  for (unsigned i = 0; i < threads; ++i) result.operations += operations[i];
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("server_day", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.threads = arguments.number("threads", 4, 1, workload::max_threads - 1);
  p.load = arguments.number("load", 32 << 20, 1, 1ull << 40);
  p.spike = arguments.number("spike", 256 << 20, 1, 1ull << 40);
  p.spikes = arguments.number("spikes", 2, 0, (Result::max_phases - 2) / 2);
  p.busy_ms = arguments.number("busy_ms", 1'000, 1, 86'400'000);
  p.idle_ms = arguments.number("idle_ms", 2'000, 1, 86'400'000);
  p.min = arguments.number("min", 16, sizeof(workload::Tag), 1u << 30);
  p.max = arguments.number("max", 4096, p.min, 1u << 30);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.expect_all_used();
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
