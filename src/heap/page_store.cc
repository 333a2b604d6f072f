// page_store.cc: refill, retire, sweep.
#include "heap/page_store.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "heap/bin.h"
#include "heap/errors.h"
#include "heap/owner.h"
#include "region/gauge.h"

namespace hakmem::heap {

using page::Block;
using page::BlockList;
using page::ClassId;
using page::Page;

void PageStore::configure(const policy::RouteSnapshot& snapshot) {
  // An adopted heap is known to others already: they may be draining its inbox.
  const os::LockGuard guard(lock_);
  spare_limit_ = std::min(snapshot.spare_pages, max_spares);
  for (unsigned id = 0; id < page::class_count; ++id) {
    lanes_[id] = snapshot.lanes[page::size_classes[id].band];
  }
}

region::Route PageStore::route_of(ClassId id) const {
  const region::Route offset = bin_offset(id);
  if (lanes_[id] == policy::Lane::core) return offset | region::core_route;
  return home_[id] ? offset | region::home_route : offset;
}

// Owner before route: see T2 in region/tag.h.
void PageStore::tag_run(const Page& page, region::Route route, region::OwnerKey owner) const {
  const region::PageRef first = page.ref();
  for (unsigned i = 0; i < page.size_class().run_pages; ++i) {
    region::PageTag& tag = (first + i).tag();
    tag.owner.store_relaxed(region::number(owner));
    tag.route.store_release(route);
  }
}

bool PageStore::open_page(ClassId id) {
  const page::SizeClass& size_class = page::size_classes[id];
  region::PageRef first;
  {
    const os::LockGuard guard(lock_);
    if (size_class.run_pages == 1 && spare_count_ != 0) first = spares_[--spare_count_];
  }
  if (!first) {
    first = region::take_pages(size_class.run_pages, region::page_bytes, key_, &lending_).first;
  }
  if (!first) return false;
  Page& page = page::set_up(first, id);
  const os::LockGuard guard(lock_);
  tag_run(page, route_of(id), key_);
  shelves_[id].partial.push_front(page);
  page_count_.add_by_owner(size_class.run_pages);
  counters_.pages.add_by_owner(1);
  return true;
}

// The fullest of the first few partial pages: the others may then become empty.
Page* PageStore::fullest_partial(ClassId id) const {
  constexpr unsigned candidates = 8;
  Page* best = shelves_[id].partial.first();
  Page* page = best;
  for (unsigned i = 1; i < candidates && page != nullptr; ++i) {
    page = page->next;
    if (page != nullptr && page->used > best->used) best = page;
  }
  return best;
}

BlockList PageStore::take(ClassId id, std::uint32_t wanted) {
  BlockList list;
  Shelf& shelf = shelves_[id];
  const os::LockGuard guard(lock_);
  for (Page* page = fullest_partial(id); page != nullptr && list.count < wanted;
       page = fullest_partial(id)) {
    page::take_blocks(*page, wanted - list.count, list);
    if (page->exhausted()) {
      shelf.partial.remove(*page);
      shelf.full.push_front(*page);
      page->in_full_list = true;
    }
    debug_check([page] { return page::check_invariants(*page); });
  }
  if (list.count != 0) counters_.refills.add_by_owner(1);
  counters_.refilled.add_by_owner(list.count);
  return list;
}

void PageStore::put_one(Block* block, BlockList& foreign) {
  const region::PageRef ref = region::page_at(block);
  const region::Route route = ref ? ref.tag().route.load_acquire() : region::no_route;
  if (route == region::no_route || region::kind_of(route) == region::large_route) {
    report_pointer("free", block, "was freed twice (its page is gone)");
    return;
  }
  if (ref.tag().owner.load_relaxed() != region::number(key_)) {
    foreign.push(*block);
    return;
  }
  Page& page = page::page_of(ref);
  if (!page::put_block(page, block)) {
    report_pointer("free", block, "is no block in use (freed twice, or inside a block)");
    return;
  }
  if (page.used == 0) {
    retire(page);
  } else if (page.in_full_list) {
    Shelf& shelf = shelves_[page.class_id];
    shelf.full.remove(page);
    shelf.partial.push_back(page);
    page.in_full_list = false;
  }
}

void PageStore::retire(Page& page) {
  debug_check([&page] { return page.used == 0 && page::check_invariants(page); });
  Shelf& shelf = shelves_[page.class_id];
  (page.in_full_list ? shelf.full : shelf.partial).remove(page);
  tag_run(page, region::no_route, region::OwnerKey::none);
  page_count_.add_by_owner(-std::uint32_t{page.size_class().run_pages});
  counters_.retires.add_by_owner(1);
  if (page.size_class().run_pages == 1 && spare_count_ < spare_limit_) {
    spares_[spare_count_++] = page.ref();
  } else {
    empties_.push_front(page);
    has_empties_.store_relaxed(true);
  }
}

std::size_t most_blocks_anywhere() {
  return region::gauge.used_pages() * (region::page_bytes / page::class_step);
}

void PageStore::put_inbox_with_lock_held(Block* first, BlockList& foreign) {
  std::size_t left = most_blocks_anywhere();
  for (Block* block = first; block != nullptr && left != 0; --left) {
    Block* const next = next_collected(*block);
    put_one(block, foreign);
    block = next;
  }
}

void PageStore::put(Block* first, std::uint32_t count, BlockList& foreign) {
  {
    const os::LockGuard guard(lock_);
    for (Block* block = first; block != nullptr && count != 0; --count) {
      Block* const next = block->next;
      put_one(block, foreign);
      block = next;
    }
  }
  return_empties();
}

void PageStore::return_empties() {
  if (!has_empties_.load_relaxed()) return;
  List<Page> empties;
  {
    const os::LockGuard guard(lock_);
    std::swap(empties, empties_);
    has_empties_.store_relaxed(false);
  }
  while (Page* const page = empties.pop_front()) {
    region::give_pages(page->ref(), page->size_class().run_pages, true);
  }
}

void PageStore::set_home(ClassId id, bool home) {
  const os::LockGuard guard(lock_);
  home_[id] = home;
  (home ? counters_.home_turns : counters_.keep_turns).add_by_owner(1);
  const region::Route route = route_of(id);
  for (const List<Page>* list : {&shelves_[id].partial, &shelves_[id].full}) {
    for (Page* page = list->first(); page != nullptr; page = page->next) {
      tag_run(*page, route, key_);
    }
  }
}

std::size_t PageStore::sweep_with_lock_held() {
  std::size_t bytes = 0;
  for (Shelf& shelf : shelves_) {
    for (Page* page = shelf.partial.first(); page != nullptr; page = page->next) {
      const std::size_t swept = page::sweep(*page);
      if (swept != 0) counters_.sweeps.add_by_owner(1);
      bytes += swept;
    }
  }
  counters_.swept_bytes.add_by_owner(bytes);
  return bytes;
}

std::size_t PageStore::sweep() {
  std::size_t bytes;
  {
    const os::LockGuard guard(lock_);
    bytes = sweep_with_lock_held();
  }
  return_spares();
  return bytes;
}

std::size_t PageStore::try_sweep() {
  if (!lock_.try_lock()) return 0;
  const std::size_t bytes = sweep_with_lock_held();
  lock_.unlock();
  return_spares();
  return bytes;
}

void PageStore::return_spares() {
  std::array<region::PageRef, max_spares> spares;
  unsigned count;
  {
    const os::LockGuard guard(lock_);
    spares = spares_;
    count = std::exchange(spare_count_, 0);
  }
  for (unsigned i = 0; i < count; ++i) region::give_pages(spares[i], 1, true);
}

void PageStore::bequeath(PageStore& heir) {
  for (unsigned id = 0; id < page::class_count; ++id) {
    for (List<Page> Shelf::*list : {&Shelf::partial, &Shelf::full}) {
      while (Page* const page = (shelves_[id].*list).pop_front()) {
        heir.tag_run(*page, heir.route_of(static_cast<ClassId>(id)), heir.key_);
        (heir.shelves_[id].*list).push_back(*page);
        const std::uint32_t pages = page->size_class().run_pages;
        page_count_.add_by_owner(-pages);
        heir.page_count_.add_by_owner(pages);
      }
    }
  }
}

std::size_t PageStore::pages_held() const {
  std::size_t pages = spare_count_;
  visit_pages([&](const Page& page) { pages += page.size_class().run_pages; });
  return pages;
}

std::size_t PageStore::check_invariants() const {
  std::size_t violations = 0;
  std::uint32_t pages = 0;
  for (unsigned id = 0; id < page::class_count; ++id) {
    const auto check = [&](const List<Page>& list, bool full) {
      for (Page* page = list.first(); page != nullptr; page = page->next) {
        pages += page->size_class().run_pages;
        const region::PageTag& tag = page->ref().tag();
        const bool good =
            page->class_id == id && page->in_full_list == full && page->exhausted() == full &&
            page::check_invariants(*page) && tag.owner.load_relaxed() == region::number(key_) &&
            region::offset_of(tag.route.load_relaxed()) == bin_offset(static_cast<ClassId>(id));
        if (!good) {
          report_pointer("check_invariants", page->start, "starts a page that is not consistent");
          ++violations;
        }
      }
    };
    check(shelves_[id].partial, false);
    check(shelves_[id].full, true);
  }
  if (pages != page_count()) ++violations;
  return violations;
}

}  // namespace hakmem::heap
