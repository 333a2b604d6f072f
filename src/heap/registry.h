// registry.h: all heaps and all owner keys.
//
// Layer heap. Cold. A heap is live (some thread's), parked (its thread ended; pages, key and inbox
// stay, so no tag is rewritten and posts still arrive) or blank (nothing but storage). One lock
// guards the lists; it is taken before any heap's lock, never after one.
//
// Park / adopt / disband (model: tests/models/park.pml)
//   park()     the ending thread: its bins are flushed already. live -> parked.
//   adopt()    a starting thread takes the heap parked last, whole. parked -> live.
//   disband_into()  who needs pages: closes the inbox, drains it, takes the pages over and rewrites
//              their tags. parked -> blank; the key goes to the end of the queue of closed keys.
#pragma once

#include <cstddef>
#include <cstdint>

#include "heap/owner.h"
#include "heap/page_store.h"

namespace hakmem::heap {

// How to make a thread heap; one per configuration.
struct HeapMaker {
  std::size_t heap_bytes;
  PageStore* (*construct)(void* storage);
};

class Registry {
 public:
  // Reserves the tables, for as many heaps as address space allows. False: none at all.
  bool reserve(const HeapMaker& maker);

  // Returns a heap for a starting thread: parked last, blank, or new; null without memory.
  PageStore* adopt();
  // Returns a new heap that is nobody's, for threads without one of their own.
  PageStore* adopt_shared();
  // Gives `store` a key, so that it can own pages; when all are used, that of a parked heap
  // together with its pages. False if there is none either.
  bool assign_key(PageStore& store);
  // Takes the heap of an ended thread. Its bins are empty and its outbox posted.
  void park(PageStore& store);
  // Lets `heir` take over the pages of the heap parked longest, if that was a while before `now`.
  bool disband_into(PageStore& heir, std::uint64_t now);

  [[nodiscard]] bool anyone_parked() const { return parked_count_.load_relaxed() != 0; }
  [[nodiscard]] std::uint32_t parked_count() const { return parked_count_.load_relaxed(); }
  [[nodiscard]] std::uint32_t live_count() const { return live_count_.load_relaxed(); }
  [[nodiscard]] std::size_t metadata_bytes() const { return committed_bytes_; }

  [[nodiscard]] os::Lock& lock() { return lock_; }
  // Calls visit(store) for each heap there ever was. Heaps are never unmade, so the row only grows
  // at its front; no lock is held.
  template <class Visit>
  void visit(Visit visit) {
    for (PageStore* store = all_.load_acquire(); store != nullptr; store = store->next_store) {
      visit(*store);
    }
  }
  // In a fork child, the lock held: `mine` is the only live heap left.
  void forget_other_threads(PageStore* mine);

 private:
  // The key of the heap for threads without one: set aside, so that it can be had when all are
  // gone.
  static constexpr std::uint32_t shared_key = 1;

  PageStore* make_with_lock_held();
  void give_key_with_lock_held(PageStore& store, region::OwnerKey key);
  bool commit_owner(std::uint32_t key);
  void park_with_lock_held(PageStore& store);

  os::Lock lock_;
  HeapMaker maker_{};
  std::byte* heap_space_ = nullptr;
  std::uint32_t heap_limit_ = 0;
  std::uint32_t heap_count_ = 0;
  std::uint32_t key_limit_ = 0;
  std::uint32_t next_key_ = shared_key + 1;
  std::uint32_t owners_committed_ = 0;
  std::size_t committed_bytes_ = 0;
  region::OwnerKey first_free_key_ = region::OwnerKey::none;
  region::OwnerKey last_free_key_ = region::OwnerKey::none;
  Atomic<PageStore*> all_;  // released after the heap is made, acquired by visit()
  List<PageStore> parked_;
  List<PageStore> blank_;
  Atomic<std::uint32_t> parked_count_;  // written under the lock, read by anyone
  Atomic<std::uint32_t> live_count_;    // likewise
};

extern constinit Registry registry;

}  // namespace hakmem::heap
