// page_store.h: the pages of one heap, behind one lock.
//
// Layer heap. Cold. This is the cold interface between the lanes and the pages: refill (take),
// retire, drain. The lock guards the metadata of the pages, their lists and the collecting of the
// inbox by strangers; the owner takes it once per refill or flush, everybody else only tries.
//
// L1  Every page whose tag bears the key is in `partial` or `full` of its class, exhausted pages in
//     `full`, or is on its way between the lists and the segment in the owner's hands.
// L2  No system call is made with the lock held, but for those of a sweep.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/list.h"
#include "heap/counters.h"
#include "os/lock.h"
#include "page/page.h"
#include "policy/options.h"
#include "policy/snapshot.h"
#include "region/pages.h"
#include "region/tag.h"

namespace hakmem::heap {

// More blocks than this no list can hold, if none is in it twice.
std::size_t most_blocks_anywhere();

class PageStore {
 public:
  enum class State : std::uint8_t { blank, live, parked, shared };

  // Copies what the lanes need of the policy. Called before a thread uses it.
  void configure(const policy::RouteSnapshot& snapshot);

  // Takes up to `wanted` blocks of a class from the pages there are. Takes the lock.
  page::BlockList take(page::ClassId id, std::uint32_t wanted);
  // Adds a page for a class: a spare one, or one of the region. False without memory. Takes the
  // lock.
  bool open_page(page::ClassId id);

  // Returns `count` blocks to their pages. Blocks of other owners' pages are left in `foreign`,
  // blocks that cannot be (freed twice, no page) are reported and dropped. Takes the lock. A list
  // with a block freed twice may be a circle: the count bounds the walk.
  void put(page::Block* first, std::uint32_t count, page::BlockList& foreign);

  // As put, for what came out of an inbox, by whoever holds the lock.
  void put_inbox_with_lock_held(page::Block* first, page::BlockList& foreign);
  // What follows unlocking: pages that became empty go back to their segments.
  void return_empties();

  // Turns a class to HOME or back: rewrites the routes of its pages. Takes the lock.
  void set_home(page::ClassId id, bool home);
  [[nodiscard]] bool is_home(page::ClassId id) const { return home_[id]; }
  [[nodiscard]] policy::Lane lane_of(page::ClassId id) const { return lanes_[id]; }

  // Gives back memory of partly used pages and the spare pages. Takes the lock. Returns the bytes.
  std::size_t sweep();
  // As sweep, by a stranger: nothing if the owner is at work.
  std::size_t try_sweep();
  // Gives the spare pages back to their segments. Takes the lock.
  void return_spares();

  // Moves all pages to `heir`, rewriting their tags. Both locks are held.
  void bequeath(PageStore& heir);

  [[nodiscard]] os::Lock& lock() { return lock_; }
  [[nodiscard]] region::OwnerKey key() const { return key_; }
  void set_key(region::OwnerKey key) { key_ = key; }
  // Has the heap's next free leave by the cold path. Any thread may ring.
  void ring() {
    if (doorbell != nullptr) doorbell->store_relaxed(0);
  }
  // Of 64 KiB, in runs.
  [[nodiscard]] std::uint32_t page_count() const { return page_count_.load_relaxed(); }
  [[nodiscard]] Counters& counters() { return counters_; }

  // Calls visit(page) for each page. The lock is held, or nobody else runs.
  template <class Visit>
  void visit_pages(Visit visit) const {
    for (const Shelf& shelf : shelves_) {
      for (page::Page* p = shelf.partial.first(); p != nullptr; p = p->next) visit(*p);
      for (page::Page* p = shelf.full.first(); p != nullptr; p = p->next) visit(*p);
    }
  }
  // Pages of 64 KiB in runs and spares; nobody else runs.
  [[nodiscard]] std::size_t pages_held() const;
  // Returns the number of violated invariants; nobody else runs.
  [[nodiscard]] std::size_t check_invariants() const;

  // Links and state that belong to the registry, guarded by its lock.
  PageStore* next_store = nullptr;  // all stores ever made
  PageStore* next = nullptr;        // parked or blank list
  PageStore* previous = nullptr;
  State state = State::blank;
  std::uint64_t parked_time = 0;
  void* heap = nullptr;                       // the ThreadHeap around this store
  Atomic<std::uint64_t>* doorbell = nullptr;  // its bin_bytes: a store of 0 rings

 private:
  struct Shelf {
    List<page::Page> partial;
    List<page::Page> full;
  };

  static constexpr unsigned max_spares = policy::max_spare_pages;

  [[nodiscard]] region::Route route_of(page::ClassId id) const;
  void tag_run(const page::Page& page, region::Route route, region::OwnerKey owner) const;
  void put_one(page::Block* block, page::BlockList& foreign);
  std::size_t sweep_with_lock_held();
  void retire(page::Page& page);
  [[nodiscard]] page::Page* fullest_partial(page::ClassId id) const;

  os::Lock lock_;
  region::OwnerKey key_ = region::OwnerKey::none;
  unsigned spare_limit_ = 2;
  unsigned spare_count_ = 0;
  Atomic<std::uint32_t> page_count_;  // written under the lock; relaxed
  std::array<region::PageRef, max_spares> spares_{};
  List<page::Page> empties_;  // retired under the lock, given back after it
  Atomic<bool> has_empties_;  // written under the lock; read without it, to spare taking it
  region::Lending lending_;
  std::array<policy::Lane, page::class_count> lanes_{};
  std::array<bool, page::class_count> home_{};
  Counters counters_;
  std::array<Shelf, page::class_count> shelves_{};
};

}  // namespace hakmem::heap
