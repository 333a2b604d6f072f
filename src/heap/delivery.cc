// delivery.cc: posting, and what happens when nobody collects.
#include "heap/delivery.h"

#include <algorithm>

#include "heap/errors.h"
#include "heap/page_store.h"
#include "os/thread.h"
#include "region/arena.h"

namespace hakmem::heap {

using page::Block;
using page::BlockList;

constinit DeliveryLimits delivery_limits;
constinit Atomic<std::uint64_t> posts;
constinit Owner* owners = nullptr;

namespace {

// An inbox this many times too long is drained by a stranger. An owner at work comes sooner, and
// what it drains itself goes straight into its bins.
constexpr std::size_t patience = 16;

// A stranger empties the inbox of a heap whose thread does not come: into the heap's pages, under
// its lock, if the lock is to be had.
void drain_for(Owner& owner) {
  PageStore* const store = owner.store.load_acquire();
  if (store == nullptr || !store->lock().try_lock()) return;
  BlockList foreign;
  if (&owner_of(store->key()) == &owner) store->put_inbox_with_lock_held(collect(owner), foreign);
  store->lock().unlock();
  store->return_empties();
  deliver_each(foreign);
}

void nudge(Owner& owner) {
  if (owner.inbox_bytes.load_relaxed() <= delivery_limits.inbox_bytes) return;
  if (owner.inbox_bytes.load_relaxed() > patience * delivery_limits.inbox_bytes) {
    return drain_for(owner);
  }
  if (owner.rung.load_relaxed() != 0) return;
  owner.rung.store_relaxed(1);
  PageStore* const store = owner.store.load_acquire();
  if (store != nullptr) store->ring();
}

}  // namespace

// The entries together hold no more than the snapshot allows for blocks of other owners.
DeliveryLimits delivery_limits_of(const policy::RouteSnapshot& snapshot) {
  return {std::min(snapshot.outbox_bytes, snapshot.foreign_budget_bytes / outbox_entries),
          snapshot.inbox_bytes};
}

void deliver(region::OwnerKey key, const BlockList& batch, std::size_t bytes) {
  posts.fetch_add_relaxed(1);
  Owner& owner = owner_of(key);
  if (post(owner, batch.first, batch.last, bytes)) return nudge(owner);
  deliver_each(batch);
}

void deliver_block(Block* block) {
  for (unsigned round = 0;; ++round) {
    const region::PageRef ref = region::page_at(block);
    const region::Route route = ref ? ref.tag().route.load_acquire() : region::no_route;
    if (route == region::no_route || region::kind_of(route) == region::large_route) {
      return report_pointer("free", block, "was freed twice (its page is gone)");
    }
    const region::OwnerKey key{ref.tag().owner.load_relaxed()};
    const std::size_t bytes = page::page_of(ref).size_class().block_bytes;
    hint_at_nothing(*block);
    Owner& owner = owner_of(key);
    if (post(owner, block, block, bytes)) return nudge(owner);
    // The disbander has closed this inbox and is about to rewrite the tag.
    os::wait_a_moment(round);
  }
}

void deliver_each(const BlockList& list) {
  Block* block = list.first;
  for (std::uint32_t left = list.count; left != 0 && block != nullptr; --left) {
    Block* const next = block->next;
    deliver_block(block);
    block = next;
  }
}

}  // namespace hakmem::heap
