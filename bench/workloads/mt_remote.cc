// mt_remote.cc: threads with private slots that send a share of their blocks to the next thread.
//
// Each step drains the thread's own ring, then draws a slot: an empty one gets a block, a full one
// is freed: with `remote` percent by the next thread, through a ring; if that is full the block is
// freed here and counted as a fallback. remote_share is what really was freed by a stranger.
// Models rpmalloc-benchmark (rptest), whose threads send every so many loops a list of blocks to
// one of the others in turn. It differs in sending single blocks with a probability, always to the
// next thread and by a bounded ring, in drawing the slot, and in the uniform sizes.
#include <stdint.h>

#include "support/mapped_array.h"
#include "support/random.h"
#include "support/report.h"
#include "support/spsc_ring.h"
#include "support/tagged_block.h"
#include "support/threads.h"

namespace {

using workload::Fill;
using workload::MappedArray;
using workload::Result;
using workload::TaggedBlock;

struct Parameters {
  uint64_t threads;
  uint64_t iters;
  uint64_t ws;
  uint64_t min;
  uint64_t max;
  uint64_t remote;
  uint64_t ring;
  uint64_t seed;
};

using Ring = workload::SpscRing<TaggedBlock>;

// What one thread did; on its own cache lines.
struct alignas(128) Counts {
  uint64_t left;  // in its slots when its steps were done
  uint64_t remote_frees;
  uint64_t fallback_frees;
};

template <Fill fill>
class Worker {
 public:
  Worker(const Parameters& p, unsigned index, Ring& own_ring, Ring& next_ring)
      : p_(p), index_(index), own_ring_(own_ring), next_ring_(next_ring), slots_(p.ws) {}

  void run() {
    workload::Random random(p_.seed, index_);
    const auto ws = static_cast<uint32_t>(p_.ws);
    for (uint64_t i = 0; i < p_.iters; ++i) {
      drain();
      const uint64_t word = random.next();
      TaggedBlock& slot = slots_[static_cast<uint32_t>(word) % ws];
      if (!slot) {
        const size_t bytes = p_.min + workload::Random::scale(word, p_.max - p_.min + 1);
        slot = workload::allocate_tagged<fill>(bytes, index_);
      } else {
        const bool to_next = random.chance(p_.remote);
        const TaggedBlock block = slot;
        slot = {};
        if (to_next && next_ring_.push(block)) continue;
        counts_.fallback_frees += to_next;
        workload::free_tagged<fill>(block);
      }
    }
    for (size_t i = 0; i < p_.ws; ++i) {
      if (!slots_[i]) continue;
      workload::free_tagged<fill>(slots_[i]);
      ++counts_.left;
    }
  }

  // Frees what the previous thread sent.
  void drain() {
    for (TaggedBlock block; own_ring_.pop(block);) {
      counts_.remote_frees += workload::free_tagged<fill>(block).owner != index_;
    }
  }

  const Counts& counts() const { return counts_; }

 private:
  const Parameters& p_;
  unsigned index_;
  Ring& own_ring_;
  Ring& next_ring_;
  MappedArray<TaggedBlock> slots_;
  Counts counts_ = {};
};

template <Fill fill>
Result run(const Parameters& p) {
  MappedArray<TaggedBlock> items(p.threads * p.ring);
  MappedArray<Ring> rings(p.threads);
  for (size_t i = 0; i < p.threads; ++i) new (&rings[i]) Ring(&items[i * p.ring], p.ring);
  MappedArray<Counts> counts(p.threads);
  const auto thread_count = static_cast<unsigned>(p.threads);
  unsigned running = thread_count;  // threads that may still send

  auto body = [&](unsigned index) {
    Worker<fill> worker(p, index, rings[index], rings[(index + 1) % thread_count]);
    worker.run();
    __atomic_sub_fetch(&running, 1, __ATOMIC_ACQ_REL);
    workload::Backoff backoff;
    while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) != 0) {
      worker.drain();
      backoff.wait();
    }
    worker.drain();
    counts[index] = worker.counts();
  };
  Result result;
  result.seconds = workload::run_threads(thread_count, body);
  uint64_t left = 0;
  for (size_t i = 0; i < p.threads; ++i) {
    left += counts[i].left;
    result.remote_frees += counts[i].remote_frees;
    result.fallback_frees += counts[i].fallback_frees;
  }
  // A step that did not allocate took a block out of a slot.
  result.set_freed((p.threads * p.iters + left) / 2);
  result.operations = 2 * result.allocations;
  result.has_remote_share = true;
  result.has_fallback_share = true;
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  workload::Arguments arguments("mt_remote", argc, argv);
  workload::Report report(arguments);
  Parameters p = {};
  p.threads = arguments.threads("threads", 2, workload::max_threads);
  p.iters = arguments.number("iters", 2'000'000, 1, 1ull << 40);
  p.ws = arguments.number("ws", 400, 1, 1u << 28);
  p.min = arguments.number("min", 16, workload::smallest_tagged, 1u << 30);
  p.max = arguments.number("max", 2048, p.min, 1u << 30);
  p.remote = arguments.number("remote", 90, 0, 100);
  p.ring = arguments.number("ring", 65536, 1, 1u << 28);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  arguments.done();
  if (!workload::is_power_of_two(p.ring)) arguments.fail("ring must be a power of two", "");
  report.print(report.verify() ? run<Fill::whole>(p) : run<Fill::ends>(p));
  return 0;
}
