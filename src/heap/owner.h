// owner.h: the table of owner keys, and the inboxes behind them.
//
// Layer heap. A key stands in the tags of a heap's pages; here is who it means at the moment, and
// the list of blocks coming home to it.
//
// The inbox protocol (model: tests/models/inbox.pml). States: a list (null: empty) or CLOSED.
//   post()    any thread. CAS head -> own list, release. Fails on CLOSED: read the tags again.
//   collect() the owner, or who holds the heap's lock. exchange(null), acquire: pairs with post.
//   close()   the disbander, holding the heap's lock. exchange(CLOSED), acq_rel; what was there is
//             the disbander's. The tags are rewritten after it, so a poster that meets CLOSED and
//             still reads the old tag waits for the new one.
//   reopen()  the registry, when it gives the key to a heap again, before any page bears the key.
// O1  A batch is in exactly one place: the poster's hands, one inbox, the collector's hands.
// O2  Nothing is ever pushed back by a collector, so there is no ABA: a head is only ever replaced
//     by a list that ends in it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/atomic.h"
#include "page/page.h"
#include "region/tag.h"

namespace hakmem::heap {

class PageStore;

struct alignas(64) Owner {
  Atomic<page::Block*> inbox;       // posters release, collectors acquire
  Atomic<std::size_t> inbox_bytes;  // about what is in it; relaxed, only a trigger
  Atomic<PageStore*> store;         // registry releases, posters acquire; null: nobody
  Atomic<std::uint32_t> rung;       // the bell has rung since the last collect; relaxed
  region::OwnerKey next_free{};     // the queue of closed keys; guarded by the registry's lock
};
static_assert(sizeof(Owner) == 64, "posters to one heap do not disturb those to another");

// The table: reserved as a whole, made writable as keys are first given out.
extern constinit Owner* owners;

inline Owner& owner_of(region::OwnerKey key) { return owners[region::number(key)]; }

inline page::Block* closed_inbox() { return reinterpret_cast<page::Block*>(std::uintptr_t{1}); }

// The lines of blocks in an inbox were last written by other cores, and a list gives one address at
// a time. So a poster writes into a block's second word which block comes some places behind it,
// and the collector has that one fetched meanwhile. A hint, never followed: it may name a block
// that is collected already, and after a free of a freed block anything.
inline constexpr unsigned hint_distance = 8;
static_assert(page::class_step >= 2 * sizeof(page::Block*), "a block holds the link and the hint");
inline page::Block*& hint_of(page::Block& block) {
  return reinterpret_cast<page::Block**>(&block)[1];
}
// Has the block name itself: what is being read already.
inline void hint_at_nothing(page::Block& block) { hint_of(block) = &block; }

// Returns the block behind `block` in what was collected, and has the hinted one fetched.
inline page::Block* next_collected(page::Block& block) {
  __builtin_prefetch(hint_of(block), 1);
  return block.next;
}

// Puts the list first..last into the inbox. False if it is closed; the list is then as it was but
// for last->next.
inline bool post(Owner& owner, page::Block* first, page::Block* last, std::size_t bytes) {
  page::Block* head = owner.inbox.load_relaxed();
  do {
    if (head == closed_inbox()) return false;
    last->next = head;
  } while (!owner.inbox.compare_exchange_release(head, first));
  owner.inbox_bytes.fetch_add_relaxed(bytes);
  return true;
}

// Takes all there is; null if nothing is, or if the inbox is closed.
inline page::Block* collect(Owner& owner) {
  page::Block* const seen = owner.inbox.load_relaxed();
  if (seen == nullptr || seen == closed_inbox()) return nullptr;
  owner.inbox_bytes.store_relaxed(0);
  owner.rung.store_relaxed(0);
  return owner.inbox.exchange_acquire(nullptr);
}

// Closes the inbox and takes what was in it.
inline page::Block* close(Owner& owner) {
  page::Block* const last = owner.inbox.exchange_acq_rel(closed_inbox());
  return last == closed_inbox() ? nullptr : last;
}

inline void reopen(Owner& owner) {
  owner.inbox_bytes.store_relaxed(0);
  owner.rung.store_relaxed(0);
  owner.inbox.store_release(nullptr);
}

}  // namespace hakmem::heap
