// allocator.cc: the calls that are not hot, and what the allocator says about itself.
#include "runtime/allocator.h"

#include "heap/delivery.h"
#include "heap/errors.h"
#include "heap/registry.h"
#include "heap/returning.h"
#include "heap/start_up.h"
#include "large/large.h"
#include "os/thread.h"
#include "region/gauge.h"
#include "region/pages.h"
#include "runtime/fork.h"

namespace hakmem::runtime {

namespace {

void add_calls(Heap& heap, observe::Details& details) {
  for (unsigned path = 0; path < details.paths.size(); ++path) {
    details.paths[path] += heap.observer().calls(static_cast<heap::Path>(path));
  }
  for (unsigned call = 0; call < details.calls.size(); ++call) {
    details.calls[call] += heap.observer().calls(static_cast<heap::Call>(call));
  }
}

void add_store(heap::PageStore& store, observe::Statistics& statistics, observe::Details& details) {
  Heap& heap = Heap::around(store);
  const heap::Counters& counters = store.counters();
  statistics.refill_count += counters.refills.load_relaxed();
  statistics.overflow_count += counters.overflows.load_relaxed();
  statistics.flush_count += counters.flushes.load_relaxed();
  statistics.page_count += counters.pages.load_relaxed();
  statistics.retire_count += counters.retires.load_relaxed();
  details.refilled_blocks += counters.refilled.load_relaxed();
  details.came_home += counters.came_home.load_relaxed();
  details.home_turns += counters.home_turns.load_relaxed();
  details.keep_turns += counters.keep_turns.load_relaxed();
  details.ticks += counters.ticks.load_relaxed();
  details.sweeps += counters.sweeps.load_relaxed();
  details.swept_bytes += counters.swept_bytes.load_relaxed();

  const heap::Held kept = heap.held();
  statistics.kept_bytes += kept.bytes;
  std::size_t used_blocks = 0;
  std::size_t used_bytes = 0;
  const os::LockGuard guard(store.lock());
  store.visit_pages([&](const page::Page& page) {
    const page::SizeClass& size_class = page.size_class();
    used_blocks += page.used;
    used_bytes += std::size_t{page.used} * size_class.block_bytes;
    statistics.page_bytes += size_class.run_pages * region::page_bytes;
    details.page_bytes_of_band[size_class.band] += size_class.run_pages * region::page_bytes;
    details.live_blocks_of_band[size_class.band] += page.used;
    details.live_bytes_of_band[size_class.band] += std::size_t{page.used} * size_class.block_bytes;
  });
  statistics.live_blocks += used_blocks - kept.blocks;
  statistics.live_bytes += used_bytes - kept.bytes;
  add_calls(heap, details);
}

void collect(observe::Statistics& statistics, observe::Details& details) {
  // What is on its way home is free: it goes there first, so that what is left is live.
  if (Lifecycle::current->is_live()) Lifecycle::current->settle_mail();
  heap::drain_all_inboxes();
  heap::registry.visit([&](heap::PageStore& store) { add_store(store, statistics, details); });
  details.calls_counted = ActiveConfig::Observer::counts;
  add_calls(Lifecycle::starting, details);
  add_calls(Lifecycle::ended, details);
  const large::Census large = large::count();
  details.large_blocks = large.blocks;
  statistics.large_bytes = large.bytes;
  statistics.live_blocks += large.blocks;
  statistics.live_bytes += large.bytes;
  statistics.dirty_bytes = region::gauge.dirty_pages() * region::page_bytes;
  for (std::uint32_t i = 0; i < region::arena_count.load_acquire(); ++i) {
    statistics.committed_bytes += region::arenas[i].committed_bytes();
    statistics.metadata_bytes += region::arenas[i].metadata_bytes();
  }
  statistics.metadata_bytes += heap::registry.metadata_bytes();
  statistics.post_count = heap::posts.load_relaxed();
  statistics.heap_count = heap::registry.live_count();
  statistics.parked_heap_count = heap::registry.parked_count();
  statistics.purge_count = region::gauge.purge_count();
  statistics.purged_bytes = region::gauge.purged_pages() * region::page_bytes;
  statistics.abandoned_bytes = abandoned_bytes();
  statistics.error_count = heap::error_count.load_relaxed();
}

}  // namespace

void* allocate_zeroed(std::size_t bytes) {
  return counted(Lifecycle::current->allocate_zeroed(bytes));
}

void* allocate_aligned(std::size_t alignment, std::size_t bytes) {
  return counted(Lifecycle::current->allocate_aligned(alignment, bytes));
}

void* reallocate(void* block, std::size_t bytes) {
  return Lifecycle::current->reallocate(block, bytes);
}

std::size_t usable_size(const void* block) {
  const std::size_t bytes = Heap::usable_size(block, "malloc_usable_size");
  if (bytes != 0) ActiveConfig::Poison::allocated(const_cast<void*>(block), bytes, bytes);
  return bytes;
}

bool trim(std::size_t keep_bytes) {
  if (!heap::start_up()) return false;
  if (Lifecycle::current->is_live()) Lifecycle::current->scavenge();
  Lifecycle::scavenge_shared();
  heap::ask_all_to_trim();
  std::size_t returned = heap::sweep_all_heaps();
  const std::size_t dirty = region::gauge.dirty_pages();
  const std::size_t keep = keep_bytes / region::page_bytes;
  if (dirty > keep) returned += region::purge_pages(dirty - keep);
  return returned != 0;
}

void set_trim_threshold(std::size_t bytes) { region::gauge.set_floor(bytes); }

void set_mmap_threshold(std::size_t bytes) { large::set_mmap_threshold(bytes); }

void read_statistics(observe::Statistics& statistics) {
  observe::Details details;
  collect(statistics, details);
}

void print_statistics(int descriptor) {
  observe::Statistics statistics;
  observe::Details details;
  collect(statistics, details);
  observe::print(descriptor, statistics, details, snapshot());
}

std::size_t check_invariants() {
  std::size_t violations = 0;
  // The helper thread is nobody's to stop: it may be draining, sweeping, giving pages back.
  heap::registry.visit([&](heap::PageStore& store) {
    const os::LockGuard guard(store.lock());
    violations += Heap::around(store).check_invariants();
  });
  // It gives pages back between two counts: look again.
  const auto counted_right = [] {
    std::size_t pages = 0;
    heap::registry.visit([&](heap::PageStore& store) {
      const os::LockGuard guard(store.lock());
      pages += store.pages_held();
    });
    const region::PageCensus census = region::count_pages();
    return census.dirty == region::gauge.dirty_pages() &&
           census.used == region::gauge.used_pages() && census.used >= pages;
  };
  constexpr unsigned looks = 50;
  constexpr std::uint64_t between_looks = 10'000'000;
  unsigned look = 0;
  while (!counted_right() && ++look < looks) os::sleep(between_looks);
  if (look == looks) {
    heap::report_pointer("check_invariants", nullptr, "pages are not counted right");
    ++violations;
  }
  return violations;
}

const policy::RouteSnapshot& snapshot() { return heap::snapshot_in_use(); }

}  // namespace hakmem::runtime
