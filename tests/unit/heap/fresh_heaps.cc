// fresh_heaps.cc: fresh_heaps.h.
#include "unit/heap/fresh_heaps.h"

#include "heap/returning.h"
#include "heap/start_up.h"

namespace hakmem::heap {

StartUp test_start_up;

bool start_up() {
  static os::Lock start_lock;
  const os::LockGuard guard(start_lock);
  ++test_start_up.calls;
  if (!test_start_up.may_succeed) return false;
  if (region::arena_count.load_acquire() != 0) return true;
  delivery_limits = delivery_limits_of(test_start_up.snapshot);
  configure_returning(test_start_up.snapshot, nullptr);
  return registry.reserve(test_start_up.maker) && region::open_arena(test_start_up.arena_bytes);
}

const policy::RouteSnapshot& snapshot_in_use() { return test_start_up.snapshot; }

void forget_heaps() {
  region::forget_region();
  registry.~Registry();
  new (&registry) Registry();
  owners = nullptr;
  delivery_limits = {};
  posts.store_relaxed(0);
  error_count.store_relaxed(0);
  on_error = policy::OnError::ignore;
  test_start_up = {};
  test_start_up.snapshot.helper = false;
}

PageStore* BareHeap::construct(void* storage) {
  auto* const heap = new (storage) BareHeap;
  heap->store.heap = heap;
  heap->store.doorbell = &heap->doorbell;
  return &heap->store;
}

BareHeaps::BareHeaps() {
  forget_heaps();
  test_start_up.maker = {sizeof(BareHeap), BareHeap::construct};
  EXPECT_TRUE(start_up());
}

BareHeaps::~BareHeaps() {
  region::expect_counts_agree();
  forget_heaps();
}

PageStore& BareHeaps::new_store() {
  PageStore* const store = registry.adopt();
  EXPECT_NE(store, nullptr);
  store->configure(test_start_up.snapshot);
  if (store->key() == region::OwnerKey::none) {
    EXPECT_TRUE(registry.assign_key(*store));
  }
  return *store;
}

std::vector<page::Block*> BareHeaps::take(PageStore& store, page::ClassId id, std::uint32_t count) {
  std::vector<page::Block*> blocks;
  while (blocks.size() < count) {
    const page::BlockList list = store.take(id, count - static_cast<std::uint32_t>(blocks.size()));
    for (page::Block* block = list.first; block != nullptr; block = block->next) {
      blocks.push_back(block);
    }
    if (list.count == 0 && !store.open_page(id)) break;
  }
  return blocks;
}

void BareHeaps::put(PageStore& store, page::Block* block) {
  block->next = nullptr;
  page::BlockList foreign;
  store.put(block, 1, foreign);
  EXPECT_EQ(foreign.count, 0U);
}

}  // namespace hakmem::heap
