// delivery.h: a batch reaches the inbox of whoever owns its blocks.
//
// Layer heap. Cold. The only way into an inbox.
#pragma once

#include <cstddef>

#include "heap/owner.h"
#include "policy/snapshot.h"

namespace hakmem::heap {

// An outbox gathers blocks for so many owners at a time.
inline constexpr unsigned outbox_entries = 8;

// Copied from the snapshot at start-up.
struct DeliveryLimits {
  std::size_t entry_bytes = 16 * kib;  // an outbox entry is posted when it holds this
  std::size_t inbox_bytes = 64 * kib;  // an inbox beyond this rings the doorbell
};
extern constinit DeliveryLimits delivery_limits;

DeliveryLimits delivery_limits_of(const policy::RouteSnapshot& snapshot);

// Batches ever posted, by all heaps.
extern constinit Atomic<std::uint64_t> posts;

// Posts a batch to the owner of `key`; each block's hint (owner.h) is set. If that inbox is closed,
// reads each block's tag again and posts it to whom it names now. An inbox that grows too long
// rings its owner's doorbell; at sixteen times that length the poster drains it into the owner's
// pages, if the lock is to be had.
void deliver(region::OwnerKey key, const page::BlockList& batch, std::size_t bytes);

// As deliver, for one block whose owner is read from its tag. A block without a page is reported.
void deliver_block(page::Block* block);
// As deliver_block, for each block of a list.
void deliver_each(const page::BlockList& list);

}  // namespace hakmem::heap
