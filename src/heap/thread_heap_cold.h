// thread_heap_cold.h: everything but the common case of malloc and free.
//
// Layer heap. Cold half of ThreadHeap; included by runtime/instantiate.cc and by tests only.
//
//   allocate -> allocate_routed -> pool bin | large
//            -> refill_and_allocate -> refill: depot | inbox | pages  (none: scavenge, again)
//   deallocate -> overflow -> hand_on: depot, beyond the budget flush_one_batch -> pages | home
//              -> free_routed -> bin | home | page (core) | large, and the doorbell
//              -> free_outside -> null | further arena | mapped | libc's | reported
#pragma once

#include <algorithm>
#include <cstring>
#include <new>

#include "heap/errors.h"
#include "heap/lifecycle.h"
#include "heap/owner.h"
#include "heap/registry.h"
#include "heap/returning.h"
#include "heap/thread_heap.h"
#include "large/large.h"
#include "os/environment.h"
#include "os/error.h"
#include "os/libc_blocks.h"

namespace hakmem::heap {

namespace detail {

// A bin starts with an OS page's worth of small blocks and few large ones.
constexpr std::size_t first_limit_bytes = 4 * kib;
// Refills alone let a bin grow to this; more only if it was seen to give back too early.
constexpr std::size_t refill_limit_bytes = 8 * kib;
// The share of the heap's budget one bin may hold.
constexpr std::size_t budget_share = 8;
// A pool block pins a page that holds few: a kept one costs more than its bytes.
constexpr std::size_t pool_budget_share = 16;
constexpr unsigned fewest_blocks = 2;
constexpr unsigned most_first_blocks = 64;
constexpr unsigned most_blocks = 4096;
static_assert(most_blocks <= Batch::max_count);

// Who has freed so much more than was taken is taking things down: what is kept then is of no use,
// and pins pages, for the last blocks are spread over all there were. Told of a whole thread, again
// at each doubling, and of each class.
constexpr std::size_t first_run_bytes = 4 * mib;
constexpr std::size_t class_run_bytes = 256 * kib;
// What depots hold in a run of the whole heap, and a bin in either.
constexpr std::size_t run_budget_bytes = 1 * kib;
constexpr std::size_t run_bin_bytes = 2 * kib;
constexpr std::size_t run_bin_blocks = 8;
// From here on each free goes to its page, or home, by so many a post: what sleeps in bins after
// such a run nobody can reach.
constexpr std::size_t long_run_bytes = 32 * mib;
constexpr std::uint16_t frees_per_post = 16;
// A large block counts for no more: a few that come and go are no run.
constexpr std::size_t large_in_run_bytes = 512 * kib;
// What a refill takes counts for so much more than what a free brings: a run ends soon.
constexpr unsigned refill_weight = 8;
// Pages by which a heap grows before it looks for what it no longer needs.
constexpr std::uint32_t least_growth = 16;
// Large blocks have way made for them once they have raised the highest use there was by such a
// share and so many pages.
constexpr std::size_t rise_share = 64;
constexpr std::size_t least_rise = 8;
// Cold events between two looks at the clock, and the time between two ticks.
constexpr std::uint16_t events_per_look = 64;
constexpr std::uint64_t tick_nanoseconds = 50'000'000;
// Blocks of a class that pass between two judgements on KEEP or HOME.
constexpr std::uint32_t judgement_blocks = 1024;

inline std::uint16_t limit_for(std::size_t bytes, std::size_t block_bytes, unsigned most) {
  return static_cast<std::uint16_t>(
      std::clamp<std::size_t>(bytes / block_bytes, fewest_blocks, most));
}

}  // namespace detail

template <HeapConfig Config>
PageStore* ThreadHeap<Config>::construct(void* storage) {
  auto* const heap = new (storage) ThreadHeap(Mode::live);
  heap->store_.heap = heap;
  heap->store_.doorbell = &heap->row_.guard.bin_bytes;
  return &heap->store_;
}

template <HeapConfig Config>
void ThreadHeap<Config>::configure(const policy::RouteSnapshot& snapshot) {
  store_.configure(snapshot);
  adaptive_home_ = snapshot.adaptive_home;
  least_budget_ = snapshot.heap_budget_bytes;
  kept_percent_ = snapshot.heap_kept_percent;
  for (unsigned id = 0; id < page::class_count; ++id) {
    Habit& habit = habits_[id];
    if (habit.limit != 0) continue;
    const auto class_id = static_cast<page::ClassId>(id);
    habit.limit = most_in_bin(class_id);
    if (!snapshot.prewarm) {
      habit.limit = std::min(habit.limit, detail::limit_for(detail::first_limit_bytes,
                                                            page::size_classes[id].block_bytes,
                                                            detail::most_first_blocks));
    }
  }
  row_.guard.bin_bytes.store_relaxed(all_bins_bytes);
}

// What bins and depots may hold: more where the heap's pages hold much.
template <HeapConfig Config>
std::size_t ThreadHeap<Config>::budget() const {
  if (in_run_) return std::min(least_budget_, detail::run_budget_bytes);
  return std::max(least_budget_, store_.page_count() * region::page_bytes / 100 * kept_percent_);
}

// What a bin may hold now.
template <HeapConfig Config>
std::uint16_t ThreadHeap<Config>::capacity_for(page::ClassId id) const {
  const Habit& habit = habits_[id];
  if (run_bytes_ >= detail::long_run_bytes) return 0;
  if (!in_run_ && !habit.in_run) return habit.limit;
  const std::size_t blocks = detail::run_bin_bytes / page::size_classes[id].block_bytes;
  return std::min(habit.limit, static_cast<std::uint16_t>(
                                   std::clamp<std::size_t>(blocks, 1, detail::run_bin_blocks)));
}

template <HeapConfig Config>
std::uint16_t ThreadHeap<Config>::most_in_bin(page::ClassId id) const {
  const std::size_t share =
      id < page::linear_classes ? detail::budget_share : detail::pool_budget_share;
  return detail::limit_for(budget() / share, page::size_classes[id].block_bytes,
                           detail::most_blocks);
}

// Changes what a bin may hold. All bins together grow by no more than the budget.
template <HeapConfig Config>
void ThreadHeap<Config>::set_limit(page::ClassId id, unsigned wanted) {
  Habit& habit = habits_[id];
  const auto limit =
      std::clamp<std::uint16_t>(static_cast<std::uint16_t>(wanted), detail::fewest_blocks,
                                std::max(most_in_bin(id), habit.limit));
  const auto more = (std::ptrdiff_t{limit} - habit.limit) *
                    static_cast<std::ptrdiff_t>(page::size_classes[id].block_bytes);
  if (more > 0 && bins_grown_by_ + more > static_cast<std::ptrdiff_t>(budget())) return;
  bins_grown_by_ += more;
  habit.limit = limit;
}

// ---- malloc -----------------------------------------------------------------------------------

template <HeapConfig Config>
void* ThreadHeap<Config>::allocate_routed(std::size_t bytes, ThreadHeap& heap) {
  if (bytes > page::max_pool_bytes) [[unlikely]]
    return heap.allocate_large(bytes, page::class_step, false);
  Bin& bin = heap.row_.bins[page::pool_class_of(bytes)];
  void* const block = pop(bin);
  if (block == nullptr) [[unlikely]]
    return hand_out(refill_and_allocate(bin, heap), bytes);
  heap.observer_.count(Path::allocate_pool);
  return hand_out(block, bytes);
}

template <HeapConfig Config>
void* ThreadHeap<Config>::refill_and_allocate(Bin& bin, ThreadHeap& heap) {
  const auto id = static_cast<page::ClassId>(&bin - heap.row_.bins.data());
  const std::size_t bytes = page::size_classes[id].block_bytes;
  if (heap.mode_ != Mode::live) {
    ThreadHeap* const mine = Lifecycle<Config>::arrive();
    if (mine == nullptr) return os::no_memory();
    return mine->mode_ == Mode::live ? mine->allocate(bytes)
                                     : Lifecycle<Config>::allocate_shared(bytes);
  }
  if (!heap.has_key()) return Lifecycle<Config>::allocate_shared(bytes);
  void* block = heap.refill(id);
  if (block == nullptr) {
    // What other classes keep may be what is missing.
    heap.scavenge();
    return_everything();
    block = heap.refill(id);
    if (block == nullptr) return os::no_memory();
  }
  heap.observer_.count(Path::allocate_refill);
  return block;
}

// Fills the empty bin of a class, from the depot, the inbox or the pages, and pops a block.
template <HeapConfig Config>
void* ThreadHeap<Config>::refill(page::ClassId id) {
  Bin& bin = row_.bins[id];
  Habit& habit = habits_[id];
  habit.touched = habit.used_while_growing = true;
  note_refill();
  tick(nullptr);
  if (depots_[id].empty()) drain_inbox();
  if (bin.head == nullptr && !depots_[id].empty()) {
    const Batch batch = take_batch(id);
    fill_bin(id, batch.first(), batch.count());
    // What goes to the depot and comes back had better stayed.
    set_limit(id, habit.limit + habit.limit / 2U);
  }
  if (bin.head == nullptr) {
    const bool core = store_.lane_of(id) == policy::Lane::core;
    if (habit.flushed) {
      set_limit(id, habit.limit * 2U);
      habit.flushed = false;
    } else if (std::size_t{habit.limit} * page::size_classes[id].block_bytes <
               detail::refill_limit_bytes) {
      set_limit(id, habit.limit + habit.limit / 2U);
    }
    const page::BlockList list = take_from_pages(id, core ? 1 : std::max(1, habit.limit / 2));
    if (list.count == 0) return nullptr;
    habit.refilled += list.count;
    fill_bin(id, list.first, list.count);
  }
  judge(id);
  const std::uint32_t filled = length_of(bin);
  habit.run -= std::min(habit.run, filled * detail::refill_weight);
  if (habit.run == 0) habit.in_run = false;
  shorten_run(std::size_t{filled} * page::size_classes[id].block_bytes);
  return pop(bin);
}

// Takes the batch on top of a depot. Precondition: there is one. Where somebody wrote into a block
// after freeing it, the chain leads astray: then the depot is given up, and the batch is empty.
template <HeapConfig Config>
Batch ThreadHeap<Config>::take_batch(page::ClassId id) {
  const page::Block* const top = depots_[id].top();
  const region::PageRef ref = region::page_at(top);
  const region::Route route = ref ? ref.tag().route.load_relaxed() : region::no_route;
  const bool ours =
      region::offset_of(route) == bin_offset(id) && is_aligned(address_of(top), page::class_step);
  const std::uint32_t count = ours ? depots_[id].top_count() : 0;
  if (count == 0 || count > kept_in_depots_[id].load_relaxed()) {
    report_pointer("free", top, "was written to after it was freed, or was freed twice");
    depots_[id].abandon();
    depot_bytes_ -= kept_in_depots_[id].load_relaxed() * page::size_classes[id].block_bytes;
    kept_in_depots_[id].store_relaxed(0);
    return {nullptr, 0};
  }
  const Batch batch = depots_[id].pop();
  kept_in_depots_[id].add_by_owner(-batch.count());
  depot_bytes_ -= std::size_t{batch.count()} * page::size_classes[id].block_bytes;
  return batch;
}

// A bin was filled with so much: the run of frees is shorter by it, and over when little is left.
template <HeapConfig Config>
void ThreadHeap<Config>::shorten_run(std::size_t bytes) {
  if (run_bytes_ == 0) return;
  run_bytes_ -= std::min(run_bytes_, bytes * detail::refill_weight);
  if (run_bytes_ != 0) return;
  run_mark_ = detail::first_run_bytes;
  in_run_ = false;
}

// So much was freed. Beyond twice a long run nothing changes any more, and its end would be far.
template <HeapConfig Config>
void ThreadHeap<Config>::lengthen_run(std::size_t bytes) {
  run_bytes_ = std::min(run_bytes_ + bytes, 2 * detail::long_run_bytes);
}

// Called where the heap is consistent.
template <HeapConfig Config>
void ThreadHeap<Config>::judge_run() {
  if (run_bytes_ >= run_mark_) [[unlikely]]
    let_go_in_run();
}

// The thread is in a long run of frees: nothing waits in bins and depots for a malloc to come.
template <HeapConfig Config>
void ThreadHeap<Config>::let_go_in_run() {
  run_mark_ = run_bytes_ * 2;
  in_run_ = true;
  flush_classes();
  remote_.flush();
}

// The two-sided count knows; the one-sided has to walk, as far as the count of frees can reach.
template <HeapConfig Config>
std::uint32_t ThreadHeap<Config>::length_of(const Bin& bin) const {
  if constexpr (Config::Room::counts_allocations) return bin.length();
  std::uint32_t length = 0;
  const auto most = static_cast<std::uint32_t>(std::max(bin.capacity, bin.capacity - bin.room));
  for (const page::Block* block = bin.head; block != nullptr && length < most;
       block = block->next) {
    ++length;
  }
  return length;
}

template <HeapConfig Config>
void ThreadHeap<Config>::fill_bin(page::ClassId id, page::Block* first, std::uint32_t count) {
  Bin& bin = row_.bins[id];
  bin.head = first;
  bin.capacity = std::max<std::int32_t>(capacity_for(id), static_cast<std::int32_t>(count));
  bin.room = bin.capacity - static_cast<std::int32_t>(count);
}

// Blocks of a class from the heap's own pages; from those of a heap nobody adopted; from a fresh
// page.
template <HeapConfig Config>
page::BlockList ThreadHeap<Config>::take_from_pages(page::ClassId id, std::uint32_t wanted) {
  page::BlockList list = store_.take(id, wanted);
  if (list.count == 0 && registry.anyone_parked() &&
      registry.disband_into(store_, os::coarse_time())) {
    list = store_.take(id, wanted);
  }
  if (list.count == 0) {
    make_way_for_growth();
    if (store_.open_page(id)) list = store_.take(id, wanted);
    return_surplus();
  }
  return list;
}

// A heap that grows lets go of what it keeps of classes it no longer uses: a few blocks of such a
// class pin many pages. Each time at an eighth more pages than the last, so the cost is that of the
// growth.
template <HeapConfig Config>
void ThreadHeap<Config>::make_way_for_growth() {
  if (store_.page_count() < growth_mark_) return;
  growth_mark_ = store_.page_count() + std::max(detail::least_growth, store_.page_count() / 8);
  for (unsigned id = 0; id < page::class_count; ++id) {
    Habit& habit = habits_[id];
    if (habit.used_while_growing) {
      habit.used_while_growing = false;
    } else {
      flush_class(static_cast<page::ClassId>(id));
    }
  }
}

// Large bytes are about to be taken. If more were in use then than ever before, what the heap keeps
// and memory of pages that are used in part would lie beside them: it is given back first, and
// pages that become empty serve at once. A process below its peak never pays for it. Small blocks
// do not ask: they would soon take what was given back.
template <HeapConfig Config>
void ThreadHeap<Config>::make_way_for_large(std::size_t bytes) {
  const std::size_t pages = divide_up(bytes, region::page_bytes);
  const std::size_t highest = region::gauge.highest_pages();
  const std::size_t after = region::gauge.used_pages() + pages;
  if (mode_ != Mode::live || after <= highest || !memory_may_return()) return;
  risen_by_ += std::min(pages, after - highest);
  if (risen_by_ < std::max(highest / detail::rise_share, detail::least_rise)) return;
  risen_by_ = 0;
  flush_classes();
  store_.sweep();
}

template <HeapConfig Config>
bool ThreadHeap<Config>::has_key() {
  return store_.key() != region::OwnerKey::none || registry.assign_key(store_);
}

// ---- free -------------------------------------------------------------------------------------

template <HeapConfig Config>
void ThreadHeap<Config>::overflow(void* pointer, ThreadHeap& heap) {
  // Reached by tail calls: this is who called free.
  const void* const caller = __builtin_return_address(0);
  // Since the hot path looked, the owner may have turned the page to HOME: the bin is the same.
  const region::Route route = region::offset_of(
      region::tag_at_rotated(region::rotated_offset(pointer)).route.load_relaxed());
  Bin& bin = heap.row_.at(route);
  if (route == region::no_route) {
    // The guard's, also if it was another bin's that the hot path took: that one is short of a
    // place until it is filled anew.
    bin.room = 0;
    return report_pointer("free", pointer, "is no block of ours (or was freed twice)");
  }
  ++bin.room;
  if (pointer == bin.head) return report_pointer("free", pointer, "was freed twice");
  heap.observer_.check_free(pointer, route);
  heap.observer_.count(Path::free_overflow);
  heap.keep_in_full_bin(static_cast<page::Block*>(pointer), class_of_offset(route));
  heap.tick(caller);
  heap.settle(caller);
}

// The bin had room for as many frees as its capacity says, since this was called last.
template <HeapConfig Config>
void ThreadHeap<Config>::keep_in_full_bin(page::Block* block, page::ClassId id) {
  Bin& bin = row_.bins[id];
  habits_[id].freed += static_cast<std::uint32_t>(std::max(bin.capacity, 1));
  make_room(id);
  if (bin.room > 0) {
    --bin.room;
    push(bin_offset(id), block);
  } else {
    free_past_bin(id, block);
  }
  judge_run();
}

template <HeapConfig Config>
void ThreadHeap<Config>::free_past_bin(page::ClassId id, page::Block* block) {
  Config::Poison::freed(block, page::size_classes[id].block_bytes);
  flush_blocks(id, block, 1);
  if (events_ % detail::frees_per_post == 0) remote_.flush();
}

// Takes all blocks out of a bin. What gave more blocks than it got is a circle that a double free
// made: its blocks are given up.
template <HeapConfig Config>
Batch ThreadHeap<Config>::take_list(Bin& bin) {
  const Batch batch(bin.head, bin.head != nullptr ? length_of(bin) : 0);
  if (batch.first() != nullptr && batch.count() == 0) {
    report_pointer("free", batch.first(), "was freed twice");
  }
  bin.head = nullptr;
  return batch;
}

// With the one-sided count, room running out says only that so many blocks were freed.
template <HeapConfig Config>
void ThreadHeap<Config>::make_room(page::ClassId id) {
  Bin& bin = row_.bins[id];
  bin.room = bin.capacity - static_cast<std::int32_t>(length_of(bin));
  if (bin.room <= 0) hand_on(id);
}

// Makes room in a bin: its list becomes a batch in the depot. Beyond the heap's budget older
// batches go back to their pages, of this class first.
template <HeapConfig Config>
void ThreadHeap<Config>::hand_on(page::ClassId id) {
  Bin& bin = row_.bins[id];
  const Batch batch = take_list(bin);
  Habit& habit = habits_[id];
  bin.capacity = bin.room = capacity_for(id);
  habit.touched = true;
  if (batch.count() == 0) return;
  const std::size_t bytes = std::size_t{batch.count()} * page::size_classes[id].block_bytes;
  lengthen_run(bytes);
  store_.counters().overflows.add_by_owner(1);
  habit.run += batch.count();
  if (std::size_t{habit.run} * page::size_classes[id].block_bytes >= detail::class_run_bytes) {
    habit.in_run = true;
    flush_blocks(id, batch.first(), batch.count());
    flush_class(id);
    bin.capacity = bin.room = capacity_for(id);
    return;
  }
  const std::size_t budget = this->budget();
  const bool had_batches = !depots_[id].empty();
  if (depot_bytes_ + bytes > budget || (id >= page::linear_classes && had_batches)) {
    if (had_batches) flush_hand_ = id;
    flush_one_batch();
  }
  if (depot_bytes_ + bytes > budget) {
    habit.flushed = true;
    return flush_blocks(id, batch.first(), batch.count());
  }
  depots_[id].push(batch);
  kept_in_depots_[id].add_by_owner(batch.count());
  depot_bytes_ += bytes;
}

// A bin fills up with blocks that came home; `offset` is its own.
template <HeapConfig Config>
void ThreadHeap<Config>::make_room_for_home(std::size_t offset) {
  const page::ClassId id = class_of_offset(offset);
  Bin& bin = row_.bins[id];
  ++bin.room;
  make_room(id);
  --bin.room;
}

// Keeps one block of this heap's or another's: as deallocate, for blocks that came by other ways.
template <HeapConfig Config>
void ThreadHeap<Config>::keep(page::Block* block, page::ClassId id) {
  Bin& bin = row_.bins[id];
  if (bin.room <= 0) return keep_in_full_bin(block, id);
  --bin.room;
  push(bin_offset(id), block);
}

// Returns the top batch of the next depot that has one.
template <HeapConfig Config>
void ThreadHeap<Config>::flush_one_batch() {
  if (depot_bytes_ == 0) return;
  for (unsigned tried = 0; tried < page::class_count; ++tried) {
    const page::ClassId id = flush_hand_;
    if (!depots_[id].empty()) {
      const Batch batch = take_batch(id);
      habits_[id].flushed = true;
      return flush_blocks(id, batch.first(), batch.count());
    }
    flush_hand_ = static_cast<std::uint8_t>((id + 1) % page::class_count);
  }
}

// Returns blocks to where they belong: own ones to their pages, foreign ones home.
template <HeapConfig Config>
void ThreadHeap<Config>::flush_list(page::Block* first, std::uint32_t count) {
  store_.counters().flushes.add_by_owner(1);
  page::BlockList foreign;
  store_.put(first, count, foreign);
  send_all_home(foreign);
}

// As flush_list, for blocks of one class. Where the first is foreign most are, and need no lock.
template <HeapConfig Config>
void ThreadHeap<Config>::flush_blocks(page::ClassId id, page::Block* first, std::uint32_t count) {
  const auto owner_of_block = [](const page::Block* block) {
    const region::PageRef ref = region::page_at(block);
    return ref ? region::OwnerKey{ref.tag().owner.load_relaxed()} : region::OwnerKey::none;
  };
  if (first == nullptr || owner_of_block(first) == store_.key()) return flush_list(first, count);
  page::BlockList rest;  // own blocks, and those whose page is gone
  page::Block* block = first;
  for (; count != 0 && block != nullptr; --count) {
    page::Block* const next = block->next;
    const region::OwnerKey owner = owner_of_block(block);
    if (owner == store_.key() || owner == region::OwnerKey::none) {
      rest.push(*block);
    } else {
      send_home(owner, block, page::size_classes[id].block_bytes);
    }
    block = next;
  }
  if (rest.count != 0) flush_list(rest.first, rest.count);
}

template <HeapConfig Config>
void ThreadHeap<Config>::flush_class(page::ClassId id) {
  Bin& bin = row_.bins[id];
  const Batch list = take_list(bin);
  bin = Bin{};
  if (list.count() != 0) flush_blocks(id, list.first(), list.count());
  while (!depots_[id].empty()) {
    const Batch batch = take_batch(id);
    flush_blocks(id, batch.first(), batch.count());
  }
}

template <HeapConfig Config>
void ThreadHeap<Config>::flush_classes() {
  for (unsigned id = 0; id < page::class_count; ++id) flush_class(static_cast<page::ClassId>(id));
}

template <HeapConfig Config>
void ThreadHeap<Config>::send_home_by_tag(page::Block* block, const region::PageTag& tag) {
  const page::ClassId id = class_of_offset(region::offset_of(tag.route.load_acquire()));
  send_home(region::OwnerKey{tag.owner.load_relaxed()}, block, page::size_classes[id].block_bytes);
}

template <HeapConfig Config>
void ThreadHeap<Config>::send_all_home(const page::BlockList& foreign) {
  page::Block* block = foreign.first;
  for (std::uint32_t left = foreign.count; left != 0; --left) {
    page::Block* const next = block->next;
    send_home_by_tag(block, region::page_at(block).tag());
    block = next;
  }
}

template <HeapConfig Config>
void ThreadHeap<Config>::free_routed(void* pointer, ThreadHeap& heap) {
  if (heap.row_.guard.bin_bytes.load_relaxed() == 0) [[unlikely]]
    return free_when_called(pointer, heap);
  // A block going home is common enough to be tried first, and to keep no frame.
  const region::PageTag& tag = region::tag_at_rotated(region::rotated_offset(pointer));
  const region::Route route = tag.route.load_relaxed();
  const std::uint16_t owner = tag.owner.load_relaxed();
  if (region::kind_of(route) != region::home_route || owner == region::number(heap.store_.key())) {
    return free_on_page(pointer, heap);
  }
  heap.observer_.check_free(pointer, route);
  heap.observer_.count(Path::free_home);
  const std::size_t bytes =
      page::size_classes[class_of_offset(region::offset_of(route))].block_bytes;
  Config::Poison::freed(pointer, bytes);
  heap.send_home(region::OwnerKey{owner}, static_cast<page::Block*>(pointer), bytes);
}

// The doorbell rang, or the thread has no heap, which looks the same.
template <HeapConfig Config>
void ThreadHeap<Config>::free_when_called(void* pointer, ThreadHeap& heap) {
  if (heap.mode_ == Mode::starting) {
    ThreadHeap* const mine = Lifecycle<Config>::arrive();
    if (mine != nullptr) mine->deallocate(pointer);
    return;
  }
  if (heap.mode_ == Mode::ended) return Lifecycle<Config>::free_without_heap(pointer);
  heap.answer_doorbell(__builtin_return_address(0));
  heap.deallocate(pointer);
}

template <HeapConfig Config>
void ThreadHeap<Config>::free_on_page(void* pointer, ThreadHeap& heap) {
  heap.free_at(region::page_at(pointer), pointer, __builtin_return_address(0));
}

// Frees what a tag says is large. False, after a line, if `pointer` is not the block's start, or of
// two threads that free it at once the other was first.
template <HeapConfig Config>
bool ThreadHeap<Config>::free_large(region::PageRef ref, void* pointer) {
  const bool whole = pointer == ref.address();
  if (whole) Config::Poison::freed(pointer, large::usable_bytes(ref));
  if (whole && large::deallocate(ref)) return true;
  report_pointer("free", pointer, "is inside a large block, or was freed twice");
  return false;
}

// Frees a block of any of our pages by what its tag says.
template <HeapConfig Config>
void ThreadHeap<Config>::free_at(region::PageRef ref, void* pointer, const void* caller) {
  const region::Route route = ref.tag().route.load_relaxed();
  if (route == region::no_route) {
    return report_pointer("free", pointer, "is no block of ours (or was freed twice)");
  }
  if (region::kind_of(route) == region::large_route) {
    const std::size_t bytes = large::usable_bytes(ref);
    if (!free_large(ref, pointer)) return;
    observer_.count(Path::free_large);
    lengthen_run(std::min(bytes, detail::large_in_run_bytes));
    judge_run();
    return settle(caller);
  }
  observer_.check_free(pointer, route);
  auto* const block = static_cast<page::Block*>(pointer);
  const page::ClassId id = class_of_offset(region::offset_of(route));
  const bool own = ref.tag().owner.load_relaxed() == region::number(store_.key());
  Config::Poison::freed(block, page::size_classes[id].block_bytes);
  if (region::kind_of(route) == region::core_route && own) {
    observer_.count(Path::free_core);
    page::BlockList foreign;
    store_.put(block, 1, foreign);
    send_all_home(foreign);
    return settle(caller);
  }
  observer_.count(own ? Path::free_bin : Path::free_home);
  if (own || region::kind_of(route) == 0) {
    keep(block, id);
  } else {
    send_home_by_tag(block, ref.tag());
  }
  tick(caller);
  settle(caller);
}

template <HeapConfig Config>
void ThreadHeap<Config>::free_outside(void* pointer, ThreadHeap& heap) {
  const void* const caller = __builtin_return_address(0);
  if (pointer == nullptr) return;
  const region::PageRef ref = region::page_at(pointer);
  if (ref && is_aligned(address_of(pointer), page::class_step)) {
    ThreadHeap* const mine = heap.mode_ == Mode::starting ? Lifecycle<Config>::arrive() : &heap;
    if (mine == nullptr) return;
    if (mine->mode_ == Mode::ended) return Lifecycle<Config>::free_without_heap(pointer);
    return mine->free_at(ref, pointer, caller);
  }
  if (ref) return report_pointer("free", pointer, "is inside a block (not aligned)");
  if constexpr (Config::Poison::active) {
    // The address may be anybody's next.
    const std::size_t mapped = large::usable_mapped(pointer);
    if (mapped != 0) Config::Poison::allocated(pointer, mapped, mapped);
  }
  if (large::deallocate_mapped(pointer)) return heap.observer_.count(Path::free_outside);
  if (os::libc_usable_bytes(pointer) != 0) {
    heap.observer_.count(Path::free_foreign);
    return os::libc_free(pointer);
  }
  report_pointer("free", pointer, "is no block of ours");
}

// ---- waiting work -----------------------------------------------------------------------------

// Takes what came home: each block whose tag names this heap goes into its bin or page, the others
// are forwarded.
template <HeapConfig Config>
void ThreadHeap<Config>::drain_inbox() {
  if (store_.key() == region::OwnerKey::none) return;
  page::Block* block = collect(owner_of(store_.key()));
  if (block == nullptr) return;
  const std::uint16_t key = region::number(store_.key());
  page::BlockList to_pages;
  std::uint32_t came = 0;
  // A block freed twice makes a circle of an inbox: no more can come than there are.
  for (std::size_t left = most_blocks_anywhere(); block != nullptr && left != 0; --left) {
    page::Block* const next = next_collected(*block);
    const region::PageTag& tag = region::page_at(block).tag();
    const region::Route route = tag.route.load_relaxed();
    if (tag.owner.load_relaxed() == key && region::kind_of(route) != region::core_route) {
      const region::Route offset = region::offset_of(route);
      ++came;
      ++came_home_[class_of_offset(offset)];
      if (lower_below_zero(row_.at(offset).room)) [[unlikely]]
        make_room_for_home(offset);
      push(offset, block);
    } else {
      to_pages.push(*block);
    }
    block = next;
  }
  store_.counters().came_home.add_by_owner(came);
  if (to_pages.count != 0) flush_list(to_pages.first, to_pages.count);
}

// KEEP or HOME: a class whose blocks come back through the inbox, and rarely by this thread's own
// frees, is a producer's; its pages turn to HOME, so that strangers send the blocks back while they
// are warm. It turns back when the inbox brings little.
template <HeapConfig Config>
void ThreadHeap<Config>::judge(page::ClassId id) {
  Habit& habit = habits_[id];
  const std::uint32_t came_home = came_home_[id];
  const std::uint32_t taken = habit.refilled + came_home;
  if (taken < detail::judgement_blocks) return;
  if (adaptive_home_ && store_.lane_of(id) == policy::Lane::ultra) {
    const bool home = store_.is_home(id);
    if (!home && came_home * 4 > taken && habit.freed < came_home / 4) {
      store_.set_home(id, true);
    } else if (home && came_home * 8 < taken) {
      store_.set_home(id, false);
    }
  }
  habit.refilled = habit.freed = came_home_[id] = 0;
}

template <HeapConfig Config>
void ThreadHeap<Config>::tick(const void* caller) {
  if (events_++ % detail::events_per_look != 0) return;
  const std::uint64_t now = os::coarse_time();
  if (now - last_tick_ < detail::tick_nanoseconds) return;
  last_tick_ = now;
  work_through_tick(caller);
}

template <HeapConfig Config>
void ThreadHeap<Config>::work_through_tick(const void* caller) {
  store_.counters().ticks.add_by_owner(1);
  drain_inbox();
  for (unsigned id = 0; id < page::class_count; ++id) {
    Habit& habit = habits_[id];
    if (habit.touched) {
      habit.touched = false;
    } else if (row_.bins[id].head != nullptr || !depots_[id].empty()) {
      flush_class(static_cast<page::ClassId>(id));
      set_limit(static_cast<page::ClassId>(id), habit.limit / 2U);
    }
  }
  remote_.flush();
  settle(caller);
}

template <HeapConfig Config>
void ThreadHeap<Config>::answer_doorbell(const void* caller) {
  row_.guard.bin_bytes.store_relaxed(all_bins_bytes);
  settle_mail();
  if (trims_heard_ != trims_asked()) {
    trims_heard_ = trims_asked();
    scavenge();
  }
  settle(caller);
}

template <HeapConfig Config>
void ThreadHeap<Config>::settle_mail() {
  drain_inbox();
  remote_.flush();
}

// Only where the heap is consistent: starting the helper thread allocates. `caller` called free;
// null: malloc.
template <HeapConfig Config>
void ThreadHeap<Config>::settle(const void* caller) {
  if (mode_ != Mode::live || !memory_wants_settling()) return;
  const region::Gauge::Verdict verdict = settle_memory(caller);
  if (verdict.falling) {
    scavenge();
    // The edge comes once: it waits for a purge that is under way.
    region::purge_pages(verdict.purge_pages);
  } else if (verdict.purge_pages != 0) {
    region::try_purge_pages(verdict.purge_pages);
  }
}

template <HeapConfig Config>
void ThreadHeap<Config>::scavenge() {
  drain_inbox();
  for (unsigned id = 0; id < page::class_count; ++id) {
    flush_class(static_cast<page::ClassId>(id));
    set_limit(static_cast<page::ClassId>(id), detail::fewest_blocks);
  }
  remote_.flush();
  store_.sweep();
}

// ---- coming and going -------------------------------------------------------------------------

template <HeapConfig Config>
void ThreadHeap<Config>::leave() {
  drain_inbox();
  flush_classes();
  remote_.flush();
  store_.return_spares();
  end_runs();
}

// The heap's next thread has freed nothing yet.
template <HeapConfig Config>
void ThreadHeap<Config>::end_runs() {
  run_bytes_ = 0;
  run_mark_ = detail::first_run_bytes;
  in_run_ = false;
  for (Habit& habit : habits_) {
    habit.run = 0;
    habit.in_run = false;
  }
}

template <HeapConfig Config>
std::size_t ThreadHeap<Config>::abandon() {
  const std::size_t lost = held().bytes;
  row_.bins = {};
  depots_ = {};
  remote_.abandon();
  for (auto& count : kept_in_depots_) count.store_relaxed(0);
  depot_bytes_ = 0;
  end_runs();
  return lost;
}

// ---- the other calls --------------------------------------------------------------------------

template <HeapConfig Config>
void* ThreadHeap<Config>::allocate_large(std::size_t bytes, std::size_t alignment, bool zeroed) {
  if (mode_ == Mode::starting) {
    ThreadHeap* const heap = Lifecycle<Config>::arrive();
    return heap != nullptr ? heap->allocate_large(bytes, alignment, zeroed) : os::no_memory();
  }
  if (large::takes_pages(bytes, alignment)) make_way_for_large(bytes);
  large::Fresh fresh = large::allocate(bytes, alignment);
  if (fresh.block == nullptr) {
    if (mode_ == Mode::live) scavenge();
    return_everything();
    fresh = large::allocate(bytes, alignment);
    if (fresh.block == nullptr) return os::no_memory();
  }
  observer_.count(Path::allocate_large);
  return_surplus();
  shorten_run(bytes);
  hand_out(fresh.block, bytes);
  if (zeroed && !fresh.zeroed) std::memset(fresh.block, 0, bytes);
  return fresh.block;
}

template <HeapConfig Config>
void* ThreadHeap<Config>::allocate_zeroed(std::size_t bytes) {
  if (bytes > page::max_pool_bytes) return allocate_large(bytes, page::class_step, true);
  void* const block = allocate(bytes);
  if (block != nullptr) std::memset(block, 0, bytes);
  return block;
}

// Every block of a class is aligned to each power of two that divides the class's size.
template <HeapConfig Config>
void* ThreadHeap<Config>::allocate_aligned(std::size_t alignment, std::size_t bytes) {
  if (alignment <= page::class_step) return allocate(bytes);
  if (alignment <= page::max_pool_bytes && bytes <= page::max_pool_bytes) {
    const std::size_t wanted = std::max(align_up(bytes, alignment), alignment);
    if (wanted <= page::max_pool_bytes) {
      for (unsigned id = page::class_of(wanted); id < page::class_count; ++id) {
        const std::size_t block_bytes = page::size_classes[id].block_bytes;
        if (is_aligned(block_bytes, alignment)) return allocate(block_bytes);
      }
    }
  }
  return allocate_large(std::max<std::size_t>(bytes, 1), alignment, false);
}

template <HeapConfig Config>
std::size_t ThreadHeap<Config>::usable_size(const void* pointer, const char* caller) {
  if (pointer == nullptr) return 0;
  if (const region::PageRef ref = region::page_at(pointer)) {
    const region::Route route = ref.tag().route.load_acquire();
    if (region::kind_of(route) == region::large_route) {
      if (pointer == ref.address()) return large::usable_bytes(ref);
    } else if (route != region::no_route && is_aligned(address_of(pointer), page::class_step) &&
               page::is_block_start(page::page_of(ref), pointer)) {
      return page::size_classes[class_of_offset(region::offset_of(route))].block_bytes;
    }
    report_pointer(caller, pointer, "is no block of ours (or was freed)");
    return 0;
  }
  if (const std::size_t mapped = large::usable_mapped(pointer)) return mapped;
  const std::size_t libc_bytes = os::libc_usable_bytes(pointer);
  if (libc_bytes == 0) report_pointer(caller, pointer, "is no block of ours");
  return libc_bytes;
}

// Returns the block, resized where it is or moved by page tables, or null: it is as it was.
template <HeapConfig Config>
void* ThreadHeap<Config>::resize_large(void* pointer, std::size_t old_bytes, std::size_t bytes) {
  const region::PageRef ref = region::page_at(pointer);
  if (ref && bytes > old_bytes && large::takes_pages(bytes, page::class_step)) {
    make_way_for_large(bytes - old_bytes);
  }
  void* const resized =
      ref ? large::reallocate(ref, bytes) : large::reallocate_mapped(pointer, bytes);
  if (resized == nullptr) return nullptr;
  return_surplus();  // it may have grown
  settle(nullptr);   // or shrunk
  return resized;
}

template <HeapConfig Config>
void* ThreadHeap<Config>::reallocate(void* pointer, std::size_t bytes) {
  const std::size_t old_bytes = usable_size(pointer, "realloc");
  if (old_bytes == 0) return os::no_memory();
  // In place while at least half of the block stays in use.
  if (bytes <= old_bytes && bytes >= old_bytes / 2 && old_bytes <= page::max_pool_bytes) {
    return hand_out(pointer, bytes);
  }
  Config::Poison::allocated(pointer, old_bytes, old_bytes);
  if (old_bytes > page::max_pool_bytes && bytes > page::max_pool_bytes) {
    void* const resized = resize_large(pointer, old_bytes, bytes);
    if (resized != nullptr) return hand_out(resized, bytes);
  }
  void* const fresh = allocate(bytes);
  if (fresh == nullptr) return nullptr;
  std::memcpy(fresh, pointer, std::min(old_bytes, bytes));
  observer_.count(Call::allocate);
  observer_.count(Call::free);
  Lifecycle<Config>::current->deallocate(pointer);
  return fresh;
}

// ---- looking on -------------------------------------------------------------------------------

// Another thread's bins are read while they change: a moment's blur is what statistics promise.
template <HeapConfig Config>
HAKMEM_NO_RACE_DETECTION Held ThreadHeap<Config>::held() const {
  Held result = remote_.held();
  const auto add = [&](unsigned id, std::uint32_t blocks) {
    result += {blocks, std::size_t{blocks} * page::size_classes[id].block_bytes};
  };
  for (unsigned id = 0; id < page::class_count; ++id) {
    if (row_.bins[id].head != nullptr) add(id, length_of(row_.bins[id]));
    add(id, kept_in_depots_[id].load_relaxed());
  }
  return result;
}

template <HeapConfig Config>
std::size_t ThreadHeap<Config>::check_invariants() const {
  std::size_t violations = store_.check_invariants();
  for (unsigned id = 0; id < page::class_count; ++id) {
    std::uint32_t length = 0;
    for (const page::Block* block = row_.bins[id].head; block != nullptr; block = block->next) {
      const region::PageRef ref = region::page_at(block);
      const bool good = ref &&
                        region::offset_of(ref.tag().route.load_relaxed()) ==
                            bin_offset(static_cast<page::ClassId>(id)) &&
                        page::is_block_start(page::page_of(ref), block);
      if (!good || length++ > row_.bins[id].length()) {
        report_pointer("check_invariants", block, "is in a bin it does not belong to");
        ++violations;
        break;
      }
    }
    if (Config::Room::counts_allocations && row_.bins[id].head != nullptr &&
        length != row_.bins[id].length()) {
      report_pointer("check_invariants", row_.bins[id].head, "starts a bin of a wrong length");
      ++violations;
    }
  }
  return violations;
}

}  // namespace hakmem::heap
