// thread_heap.h: malloc and free for one thread.
//
// Layer heap. Hot half of the class; the cold half is thread_heap_cold.h.
// H1  Only the owning thread touches the bins; they are consistent after every single store.
// H2  A bin's offset in the heap is what tags and rounded sizes hold: no table, no range check.
// H3  A heap that has not started has empty bins and bin_bytes 0: start-up is a miss, not a test.
// H4  Anybody may set bin_bytes to 0 (the doorbell): the next free leaves by the cold path.
// H5  Room is taken before the block is pushed, so the guard, which has none and is where a zero
//     tag leads, never takes a block.
#pragma once

#include <array>

#include "base/attributes.h"
#include "heap/bin.h"
#include "heap/concepts.h"
#include "heap/page_store.h"
#include "region/arena.h"

namespace hakmem::heap {

// What a thread's heap pointer points to: the heap that has not started, a heap, or the one that
// stands for "this thread has ended, or there are no heaps left".
enum class Mode : std::uint8_t { starting, live, ended };

template <HeapConfig Config>
class ThreadHeap {
 public:
  constexpr explicit ThreadHeap(Mode mode) : mode_(mode) {}
  ThreadHeap(const ThreadHeap&) = delete;
  ThreadHeap& operator=(const ThreadHeap&) = delete;

  // Returns a block of at least `bytes`, 16-byte aligned, or null with errno = ENOMEM.
  [[nodiscard]] void* allocate(std::size_t bytes) {
    if (bytes > page::max_linear_bytes) [[unlikely]]
      return allocate_routed(bytes, *this);
    Bin& bin = row_.at(bin_offset_of_linear(bytes));
    void* const block = pop(bin);
    if (block == nullptr) [[unlikely]]
      return hand_out(refill_and_allocate(bin, *this), bytes);
    observer_.count(Path::allocate_bin);
    return hand_out(block, bytes);
  }

  // The common case of allocate alone: null if the block is not ready in a bin of small blocks.
  [[nodiscard]] void* allocate_ready(std::size_t bytes) {
    if (bytes > page::max_linear_bytes) [[unlikely]]
      return nullptr;
    void* const block = pop(row_.at(bin_offset_of_linear(bytes)));
    if (block == nullptr) [[unlikely]]
      return nullptr;
    observer_.count(Path::allocate_bin);
    return hand_out(block, bytes);
  }

  // Takes a block back, whoever allocated it. Preserves errno.
  void deallocate(void* pointer) {
    const std::uintptr_t rotated = region::rotated_offset(pointer);
    if (rotated >= region::first_arena_limit) [[unlikely]]
      return free_outside(pointer, *this);
    const region::Route route = region::tag_at_rotated(rotated).route.load_relaxed();
    if (route >= row_.guard.bin_bytes.load_foldable()) [[unlikely]]
      return free_routed(pointer, *this);
    if (lower_below_zero(row_.at(route).room)) [[unlikely]]
      return overflow(pointer, *this);
    observer_.check_free(pointer, route);
    observer_.count(Path::free_bin);
    push(route, static_cast<page::Block*>(pointer));
  }

  // The rare exits of the hot paths, each reached by a tail call so that those keep no frame.
  // Static, with the hot path's own argument first: it stays in its register.
  [[gnu::noinline]] static void* allocate_routed(std::size_t bytes, ThreadHeap& heap);
  [[gnu::noinline, gnu::cold]] static void* refill_and_allocate(Bin& bin, ThreadHeap& heap);
  [[gnu::noinline, gnu::cold]] static void overflow(void* pointer, ThreadHeap& heap);
  [[gnu::noinline]] static void free_routed(void* pointer, ThreadHeap& heap);
  [[gnu::noinline, gnu::cold]] static void free_when_called(void* pointer, ThreadHeap& heap);
  [[gnu::noinline]] static void free_on_page(void* pointer, ThreadHeap& heap);
  [[gnu::noinline, gnu::cold]] static void free_outside(void* pointer, ThreadHeap& heap);

  // Everything below is cold, and in thread_heap_cold.h.
  [[nodiscard]] void* allocate_zeroed(std::size_t bytes);
  [[nodiscard]] void* allocate_aligned(std::size_t alignment, std::size_t bytes);
  // `pointer` is not null and `bytes` not 0. On failure the block is as it was.
  [[nodiscard]] void* reallocate(void* pointer, std::size_t bytes);
  // Returns 0 for null, and for what is no block, which is reported in the name of `caller`.
  [[nodiscard]] static std::size_t usable_size(const void* pointer, const char* caller);

  // Whether this is some thread's heap, and not one of the two that stand for having none.
  [[nodiscard]] bool is_live() const { return mode_ == Mode::live; }
  // Makes a heap, empty and live, in `storage`; for the registry.
  static PageStore* construct(void* storage);
  static ThreadHeap& around(PageStore& store) { return *static_cast<ThreadHeap*>(store.heap); }

  // Empties the bins into pages and outbox, so that the heap can be parked.
  void leave();
  // Forgets bins, depots and outbox without touching a block: in a fork child, for a thread that
  // does not exist there. Returns about how many bytes are lost.
  std::size_t abandon();
  // Lets go of all kept blocks and unused memory. For trim and the falling edge.
  void scavenge();
  // Takes over what the policy says now; before a thread uses it.
  void configure(const policy::RouteSnapshot& snapshot);

  // What its bins, depots and outbox hold; a moment's blur if its thread runs.
  [[nodiscard]] Held held() const;
  // Empties inbox and outbox.
  void settle_mail();
  [[nodiscard]] typename Config::Observer& observer() { return observer_; }
  [[nodiscard]] PageStore& store() { return store_; }
  [[nodiscard]] std::size_t check_invariants() const;

  // Frees what a tag says is large. False, after a line, if that is not to be.
  static bool free_large(region::PageRef ref, void* pointer);

  // Counts the rounds of thread-end destructors: see Lifecycle::depart.
  unsigned count_end_round() { return ++end_rounds_; }
  void forget_end_rounds() { end_rounds_ = 0; }

 private:
  // What a bin's past says about its future.
  struct Habit {
    std::uint16_t limit = 0;          // blocks the bin is to hold
    bool flushed = false;             // blocks went back to pages since the last refill
    bool touched = false;             // a cold event since the last tick
    bool in_run = false;              // its frees outnumber by far what is taken
    bool used_while_growing = false;  // refilled since the heap last grew by an eighth
    std::uint32_t refilled = 0;       // blocks taken from pages since the last judgement
    std::uint32_t freed = 0;          // about how many this thread freed since then
    std::uint32_t run = 0;            // blocks handed on, less eight times what was taken
  };

  // Returns null, and changes nothing, if the bin is empty.
  static page::Block* pop(Bin& bin) {
    page::Block* const block = bin.head;
    if (block == nullptr) [[unlikely]]
      return nullptr;
    bin.head = block->next;
    if constexpr (Config::Room::counts_allocations) ++bin.room;
    return block;
  }
  // Lets the program touch the bytes it asked for, and no others of the block.
  static void* hand_out(void* block, [[maybe_unused]] std::size_t bytes) {
    if constexpr (Config::Poison::active) {
      if (block != nullptr) Config::Poison::allocated(block, bytes, usable_size(block, "malloc"));
    }
    return block;
  }

  // Pushes a block for which room has been taken. Each access addresses the bin anew: heap + offset
  // is an operand, the sum kept in a register is an instruction.
  void push(std::size_t offset, page::Block* block) {
    if constexpr (Config::Poison::active) {
      Config::Poison::freed(block, page::size_classes[class_of_offset(offset)].block_bytes);
    }
    offset = unshared(offset);
    block->next = row_.at(offset).head;
    row_.at(unshared(offset)).head = block;
  }

  // L0, the lanes: bins and depots.
  [[nodiscard]] std::size_t budget() const;
  void set_limit(page::ClassId id, unsigned wanted);
  [[nodiscard]] std::uint16_t capacity_for(page::ClassId id) const;
  [[nodiscard]] std::uint16_t most_in_bin(page::ClassId id) const;
  void* refill(page::ClassId id);
  page::BlockList take_from_pages(page::ClassId id, std::uint32_t wanted);
  void make_way_for_growth();
  void make_way_for_large(std::size_t bytes);
  Batch take_batch(page::ClassId id);
  Batch take_list(Bin& bin);
  void fill_bin(page::ClassId id, page::Block* first, std::uint32_t count);
  void keep_in_full_bin(page::Block* block, page::ClassId id);
  void keep(page::Block* block, page::ClassId id);
  void make_room(page::ClassId id);
  void free_past_bin(page::ClassId id, page::Block* block);
  void make_room_for_home(std::size_t offset);
  void hand_on(page::ClassId id);
  void flush_one_batch();
  void let_go_in_run();
  void lengthen_run(std::size_t bytes);
  void judge_run();
  void shorten_run(std::size_t bytes);
  void end_runs();
  void flush_list(page::Block* first, std::uint32_t count);
  void flush_blocks(page::ClassId id, page::Block* first, std::uint32_t count);
  void flush_class(page::ClassId id);
  void flush_classes();
  // The only way to the RemoteFree policy's send.
  void send_home(region::OwnerKey owner, page::Block* block, std::size_t bytes) {
    remote_.send(owner, block, bytes);
  }
  void send_home_by_tag(page::Block* block, const region::PageTag& tag);
  void send_all_home(const page::BlockList& foreign);

  // Waiting work.
  void drain_inbox();
  void judge(page::ClassId id);
  void tick(const void* caller);
  void work_through_tick(const void* caller);
  void answer_doorbell(const void* caller);
  void settle(const void* caller);

  void free_at(region::PageRef ref, void* pointer, const void* caller);
  [[nodiscard]] void* allocate_large(std::size_t bytes, std::size_t alignment, bool zeroed);
  [[nodiscard, gnu::noinline]] void* resize_large(void* pointer, std::size_t old_bytes,
                                                  std::size_t bytes);
  [[nodiscard]] std::uint32_t length_of(const Bin& bin) const;
  bool has_key();

  BinRow row_;
  std::array<Depot, page::class_count> depots_{};
  [[no_unique_address]] typename Config::Observer observer_;
  Mode mode_;
  bool adaptive_home_ = true;
  std::uint8_t flush_hand_ = 0;  // the class whose depot gives up a batch next
  unsigned end_rounds_ = 0;
  std::uint16_t events_ = 0;  // cold events; every so many a look at the clock
  unsigned trims_heard_ = 0;
  std::uint64_t last_tick_ = 0;
  std::ptrdiff_t bins_grown_by_ = 0;  // the sum of all limits, in bytes, since the start
  std::size_t least_budget_ = 0;
  unsigned kept_percent_ = 0;       // of its pages, if that is more
  bool in_run_ = false;             // a long run of frees: see let_go_in_run
  std::size_t run_bytes_ = 0;       // handed on, less eight times what was taken since
  std::size_t run_mark_ = 4 * mib;  // when that is a long run of frees
  std::size_t depot_bytes_ = 0;
  std::uint32_t growth_mark_ = 64;  // pages at which the heap next looks for what it can let go
  std::size_t risen_by_ = 0;        // pages: the highest use, by large blocks, since way was made
  std::array<Habit, page::class_count> habits_{};
  std::array<std::uint32_t, page::class_count> came_home_{};  // since the last judgement
  std::array<Atomic<std::uint32_t>, page::class_count> kept_in_depots_{};  // blocks; by its thread
  typename Config::RemoteFree remote_;
  PageStore store_;
};

}  // namespace hakmem::heap
