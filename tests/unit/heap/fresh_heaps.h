// fresh_heaps.h: heaps that nobody has used, for each test anew.
//
// heap::start_up and snapshot_in_use are defined here, in the place of runtime/: a test says what
// is started, with which policy.
#pragma once

#include <vector>

#include "heap/delivery.h"
#include "heap/errors.h"
#include "heap/registry.h"
#include "os/environment.h"
#include "policy/snapshot.h"
#include "unit/region/fresh_region.h"

namespace hakmem::heap {

// What start_up() makes, and whether it succeeds.
struct StartUp {
  policy::RouteSnapshot snapshot;
  HeapMaker maker{};
  std::size_t arena_bytes = 64 * mib;
  bool may_succeed = true;
  unsigned calls = 0;
};
extern StartUp test_start_up;

// Puts the layer's state back to what it is before start-up. Errors are counted, not printed.
void forget_heaps();

// A time at which whatever was parked until now may be disbanded.
inline std::uint64_t later() { return os::coarse_time() + 1'000'000'000; }

// Heaps that are nothing but a store, each with a doorbell.
struct BareHeap {
  PageStore store;
  Atomic<std::uint64_t> doorbell{1};

  static PageStore* construct(void* storage);
  static BareHeap& around(PageStore& store) { return *static_cast<BareHeap*>(store.heap); }
  // Rung since it was last asked.
  bool rang() {
    const bool rung = doorbell.load_relaxed() == 0;
    doorbell.store_relaxed(1);
    return rung;
  }
};

// A registry of bare heaps and an arena.
class BareHeaps : public testing::Test {
 protected:
  BareHeaps();
  ~BareHeaps() override;

  // A live heap with a key, and the default policy.
  static PageStore& new_store();
  // `count` blocks of a class from the store's pages, fresh pages if need be.
  static std::vector<page::Block*> take(PageStore& store, page::ClassId id, std::uint32_t count);
  static void put(PageStore& store, page::Block* block);
  static page::Page& page_of(const page::Block* block) {
    return page::page_of(region::page_at(block));
  }
  static region::PageTag& tag_of(const page::Block* block) { return region::page_at(block).tag(); }
};

}  // namespace hakmem::heap
