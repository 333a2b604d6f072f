// thread_heap_test.cc: malloc and free of one thread, and what passes between threads.
//
// Run for three configurations: one with exactly the members that the concept asks for, the
// baseline, and the baseline with bins that count frees only.
#include "heap/thread_heap.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "heap/lifecycle_cold.h"
#include "heap/outbox.h"
#include "heap/returning.h"
#include "heap/thread_heap_cold.h"
#include "unit/heap/fresh_heaps.h"

namespace hakmem::heap {

// Exactly what the concepts ask for.
struct ArchetypeObserver {
  static constexpr bool counts = true;
  void count(Path path) { counts_[static_cast<unsigned>(path)].fetch_add_relaxed(1); }
  void count(Call call) { calls_[static_cast<unsigned>(call)].fetch_add_relaxed(1); }
  void check_free(const void* block, region::Route route) {
    EXPECT_NE(block, nullptr);
    EXPECT_NE(route, region::no_route);
  }
  [[nodiscard]] std::uint64_t calls(Path path) const {
    return counts_[static_cast<unsigned>(path)].load_relaxed();
  }
  [[nodiscard]] std::uint64_t calls(Call call) const {
    return calls_[static_cast<unsigned>(call)].load_relaxed();
  }

 private:
  std::array<Atomic<std::uint64_t>, static_cast<unsigned>(Path::count)> counts_{};
  std::array<Atomic<std::uint64_t>, static_cast<unsigned>(Call::count)> calls_{};
};

struct ArchetypePoison {
  static constexpr bool active = true;
  static void allocated(void* block, std::size_t bytes, std::size_t of_those) {
    EXPECT_NE(block, nullptr);
    EXPECT_LE(bytes, of_those);
  }
  static void freed(void* block, std::size_t bytes) { std::memset(block, 0xDD, bytes); }
};

class ArchetypeRemoteFree {
 public:
  void send(region::OwnerKey owner, page::Block* block, std::size_t bytes) {
    hint_at_nothing(*block);
    deliver(owner, {.first = block, .last = block, .count = 1}, bytes);
  }
  void flush() {}
  [[nodiscard]] Held held() const { return {}; }
  void abandon() {}
};

struct ArchetypeRoom {
  static constexpr bool counts_allocations = true;
};

struct Archetype {
  using Observer = ArchetypeObserver;
  using Poison = ArchetypePoison;
  using RemoteFree = ArchetypeRemoteFree;
  using Room = ArchetypeRoom;
};

struct Baseline {
  using Observer = NoObserver;
  using Poison = NoPoison;
  using RemoteFree = Outbox;
  using Room = TwoSidedRoom;
};

struct OneSided : Baseline {
  struct Room {
    static constexpr bool counts_allocations = false;
  };
};

static_assert(HeapConfig<Archetype> && HeapConfig<Baseline> && HeapConfig<OneSided>);

namespace {

namespace fake_os = test::fake_os;
using os::Site;
using page::Block;
using page::class_of;
using region::gauge;

template <class Config>
class ThreadHeapTest : public testing::Test {
 protected:
  using Heap = ThreadHeap<Config>;
  using Life = Lifecycle<Config>;

  ThreadHeapTest() {
    forget_heaps();
    test_start_up.maker = {sizeof(Heap), Heap::construct};
    forget_thread();
    Life::shared_store = nullptr;
  }
  ~ThreadHeapTest() override {
    EXPECT_EQ(violations(), 0U);
    region::expect_counts_agree();
    forget_thread();
    Life::shared_store = nullptr;
    forget_heaps();
  }

  static void forget_thread() { Life::current = &Life::starting; }
  static void* allocate(std::size_t bytes) { return Life::current->allocate(bytes); }
  static void deallocate(void* block) { Life::current->deallocate(block); }
  static Heap& heap() { return *Life::current; }

  // Runs `body` in a thread whose heap is parked at its end.
  template <class Body>
  static void in_thread(Body body) {
    std::thread thread([&] {
      body();
      depart();
    });
    thread.join();
  }
  static void depart() {
    if (Life::current->is_live()) Life::depart(Life::current);
  }

  // Nobody else runs.
  static std::size_t violations() {
    std::size_t count = 0;
    registry.visit([&](PageStore& store) { count += Heap::around(store).check_invariants(); });
    return count;
  }
  // Every heap lets go of everything: what pages are still in use hold live blocks.
  static void settle_everything() {
    for (unsigned round = 0; round < 2; ++round) {
      registry.visit([&](PageStore& store) { Heap::around(store).settle_mail(); });
    }
    registry.visit([&](PageStore& store) { Heap::around(store).scavenge(); });
    registry.visit([&](PageStore& store) {
      Heap::around(store).settle_mail();
      Heap::around(store).scavenge();
    });
  }
};

using Configs = testing::Types<Archetype, Baseline, OneSided>;
TYPED_TEST_SUITE(ThreadHeapTest, Configs);

TYPED_TEST(ThreadHeapTest, the_first_allocation_starts_the_allocator) {
  EXPECT_FALSE(this->heap().is_live());
  void* const block = this->allocate(100);
  ASSERT_NE(block, nullptr);
  EXPECT_TRUE(this->heap().is_live());
  EXPECT_EQ(registry.live_count(), 1U);
  this->deallocate(block);
}

TYPED_TEST(ThreadHeapTest, without_a_start_there_is_no_memory) {
  test_start_up.may_succeed = false;
  errno = 0;
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{100}, 5 * kib, 1 * mib}) {
    EXPECT_EQ(this->allocate(bytes), nullptr);
    EXPECT_EQ(errno, ENOMEM);
  }
  this->deallocate(nullptr);
  test_start_up.may_succeed = true;
  EXPECT_NE(this->allocate(100), nullptr);
}

TYPED_TEST(ThreadHeapTest, every_size_gets_a_block_of_its_own_that_holds_it) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t bytes = 0; bytes <= 60 * kib; bytes += bytes < 1100 ? 1 : 509) {
    auto* const block = static_cast<unsigned char*>(this->allocate(bytes));
    ASSERT_NE(block, nullptr);
    ASSERT_TRUE(is_aligned(address_of(block), 16));
    const std::size_t usable = this->heap().usable_size(block, "test");
    ASSERT_GE(usable, bytes);
    std::memset(block, static_cast<int>(bytes % 251), usable);
    blocks.emplace_back(block, bytes);
  }
  for (const auto& [block, bytes] : blocks) {
    const std::size_t usable = this->heap().usable_size(block, "test");
    ASSERT_TRUE(std::all_of(block, block + usable,
                            [mark = bytes % 251](unsigned char byte) { return byte == mark; }));
  }
  for (const auto& [block, bytes] : blocks) this->deallocate(block);
  this->heap().scavenge();
  EXPECT_EQ(gauge.used_pages(), 0U);
  EXPECT_EQ(error_count.load_relaxed(), 0U);
}

TYPED_TEST(ThreadHeapTest, the_block_freed_last_comes_first) {
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{200}, std::size_t{1024}, 4 * kib}) {
    void* const first = this->allocate(bytes);
    void* const second = this->allocate(bytes);
    this->deallocate(first);
    this->deallocate(second);
    EXPECT_EQ(this->allocate(bytes), second);
    EXPECT_EQ(this->allocate(bytes), first);
    this->deallocate(first);
    this->deallocate(second);
  }
}

TYPED_TEST(ThreadHeapTest, a_ready_block_is_given_at_once_or_not_at_all) {
  EXPECT_EQ(this->heap().allocate_ready(64), nullptr);
  void* const block = this->allocate(64);
  this->deallocate(block);
  EXPECT_EQ(this->heap().allocate_ready(2000), nullptr);
  EXPECT_EQ(this->heap().allocate_ready(64), block);
  this->deallocate(block);
}

TYPED_TEST(ThreadHeapTest, zeroed_blocks_are_zero_though_they_were_used) {
  for (const std::size_t bytes :
       {std::size_t{16}, std::size_t{500}, 10 * kib, 100 * kib, 2 * mib}) {
    void* const used = this->allocate(bytes);
    std::memset(used, 0xFF, bytes);
    this->deallocate(used);
    auto* const block = static_cast<unsigned char*>(this->heap().allocate_zeroed(bytes));
    ASSERT_TRUE(std::all_of(block, block + bytes, [](unsigned char byte) { return byte == 0; }))
        << bytes;
    this->deallocate(block);
  }
}

TYPED_TEST(ThreadHeapTest, alignments_hold_for_all_sizes) {
  this->deallocate(this->allocate(1));
  for (std::size_t alignment = 1; alignment <= 4 * mib; alignment *= 2) {
    for (const std::size_t bytes :
         {std::size_t{0}, std::size_t{1}, std::size_t{100}, 5000 * alignment % 77777}) {
      void* const block = this->heap().allocate_aligned(alignment, bytes);
      ASSERT_NE(block, nullptr);
      EXPECT_TRUE(is_aligned(address_of(block), alignment)) << alignment << ' ' << bytes;
      EXPECT_GE(this->heap().usable_size(block, "test"), bytes);
      this->deallocate(block);
    }
  }
  EXPECT_EQ(error_count.load_relaxed(), 0U);
}

TYPED_TEST(ThreadHeapTest, reallocated_blocks_keep_their_contents) {
  std::mt19937 random(5);
  std::size_t bytes = 10;
  auto* block = static_cast<unsigned char*>(this->allocate(bytes));
  std::memset(block, 0, bytes);
  for (unsigned step = 1; step < 400; ++step) {
    const std::size_t wanted = 1 + (std::size_t{random()} & low_bits64(4 + step % 18));
    block = static_cast<unsigned char*>(this->heap().reallocate(block, wanted));
    ASSERT_NE(block, nullptr);
    const auto mark = static_cast<unsigned char>(step - 1);
    ASSERT_TRUE(std::all_of(block, block + std::min(bytes, wanted),
                            [&](unsigned char byte) { return byte == mark; }))
        << "from " << bytes << " to " << wanted;
    bytes = wanted;
    std::memset(block, static_cast<int>(step % 256), bytes);
  }
  this->deallocate(block);
  this->heap().scavenge();
  EXPECT_EQ(gauge.used_pages(), 0U);
}

TYPED_TEST(ThreadHeapTest, wrong_pointers_are_reported_and_change_nothing) {
  auto* const block = static_cast<std::byte*>(this->allocate(4096));
  auto* const large = static_cast<std::byte*>(this->allocate(1 * mib));
  alignas(16) static std::byte outside[64];
  const std::vector<void*> wrong = {outside,
                                    outside + 16,
                                    large + 16,
                                    large + 64 * kib,
                                    block + 1,
                                    large + 8,
                                    reinterpret_cast<void*>(16),
                                    reinterpret_cast<void*>(1)};
  std::uint64_t errors = 0;
  for (void* const pointer : wrong) {
    this->deallocate(pointer);
    EXPECT_EQ(error_count.load_relaxed(), ++errors) << pointer;
    EXPECT_EQ(this->heap().usable_size(pointer, "test"), 0U);
    EXPECT_EQ(error_count.load_relaxed(), ++errors) << pointer;
    EXPECT_EQ(this->heap().reallocate(pointer, 100), nullptr);
    EXPECT_EQ(error_count.load_relaxed(), ++errors) << pointer;
  }
  EXPECT_EQ(this->heap().usable_size(nullptr, "test"), 0U);
  EXPECT_EQ(this->heap().usable_size(block + 16, "test"), 0U);
  this->deallocate(block);
  this->deallocate(large);
  this->deallocate(large);
  EXPECT_EQ(error_count.load_relaxed(), errors + 2);
}

TYPED_TEST(ThreadHeapTest, keeps_what_the_budget_allows) {
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 200'000; ++i) blocks.push_back(this->allocate(80));
  for (void* const block : blocks) this->deallocate(block);
  const std::size_t budget = test_start_up.snapshot.heap_budget_bytes;
  EXPECT_LE(this->heap().held().bytes, budget + budget / 8);
  EXPECT_EQ(this->violations(), 0U);
}

// The last kept blocks of a class would pin all the pages it had.
TYPED_TEST(ThreadHeapTest, a_class_that_is_taken_down_keeps_next_to_nothing) {
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 20'000; ++i) blocks.push_back(this->allocate(80));
  std::shuffle(blocks.begin(), blocks.end(), std::mt19937(1));
  const std::size_t kept_before = this->heap().held().blocks;
  for (void* const block : blocks) this->deallocate(block);
  EXPECT_LE(this->heap().held().blocks, kept_before + 16);
  EXPECT_LE(this->heap().store().pages_held(), 20U);
  EXPECT_EQ(this->violations(), 0U);
}

// What a thread that sleeps from now on still held, nobody else could reach.
TYPED_TEST(ThreadHeapTest, a_very_long_run_of_frees_leaves_nothing_in_bins) {
  // Blocks of further arenas are freed by another way.
  for (const std::size_t arena_bytes : {64 * mib, 8 * mib}) {
    SCOPED_TRACE(arena_bytes);
    this->forget_thread();
    forget_heaps();
    test_start_up.maker = {sizeof(typename TestFixture::Heap), TestFixture::Heap::construct};
    test_start_up.arena_bytes = arena_bytes;
    std::vector<void*> blocks;
    for (unsigned i = 0; i < 200'000; ++i) blocks.push_back(this->allocate(32 + i % 8 * 64));
    std::shuffle(blocks.begin(), blocks.end(), std::mt19937(2));
    for (void* const block : blocks) this->deallocate(block);
    EXPECT_EQ(this->heap().held().blocks, 0U);
    EXPECT_EQ(this->violations(), 0U);
  }
}

TYPED_TEST(ThreadHeapTest, large_frees_count_for_a_run) {
  std::vector<void*> small;
  std::vector<void*> large;
  for (unsigned i = 0; i < 500; ++i) small.push_back(this->allocate(100 + i * 20));
  for (unsigned i = 0; i < 80; ++i) large.push_back(this->allocate(700'000));
  for (void* const block : small) this->deallocate(block);
  EXPECT_NE(this->heap().held().blocks, 0U);
  for (void* const block : large) this->deallocate(block);
  EXPECT_EQ(this->heap().held().blocks, 0U);
  // A large block that comes and goes is no run.
  this->deallocate(this->allocate(100));
  for (unsigned i = 0; i < 40; ++i) this->deallocate(this->allocate(700'000));
  EXPECT_NE(this->heap().held().blocks, 0U);
}

// A class that goes on being used after many frees fills its bin again.
TYPED_TEST(ThreadHeapTest, a_run_of_frees_ends_when_blocks_are_wanted_again) {
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 20'000; ++i) blocks.push_back(this->allocate(80));
  for (void* const block : blocks) this->deallocate(block);
  blocks.clear();
  for (unsigned i = 0; i < 5'000; ++i) blocks.push_back(this->allocate(80));
  for (unsigned i = 0; i < 1'000; ++i) {
    this->deallocate(blocks.back());
    blocks.pop_back();
  }
  EXPECT_GE(this->heap().held().blocks, 900U);
}

// Two blocks freed in turn make a circle, which gives more blocks than the bin ever got.
TYPED_TEST(ThreadHeapTest, a_circle_of_double_frees_is_given_up) {
  auto* const first = this->allocate(64);
  auto* const second = this->allocate(64);
  this->deallocate(first);
  this->deallocate(second);
  this->deallocate(first);
  for (unsigned i = 0; i < 500; ++i) EXPECT_NE(this->allocate(64), nullptr);
  const auto errors = error_count.load_relaxed();
  this->heap().leave();
  // Counting frees only, a bin's length is known as far as its capacity.
  EXPECT_LE(error_count.load_relaxed(), errors + (TypeParam::Room::counts_allocations ? 4 : 200));
  EXPECT_EQ(this->heap().held().blocks, 0U);
}

// A freed block's second word holds a batch's length: none has no block.
TYPED_TEST(ThreadHeapTest, a_depot_whose_chain_leads_astray_is_given_up) {
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 2'000; ++i) blocks.push_back(this->allocate(80));
  for (void* const block : blocks) this->deallocate(block);
  for (void* const block : blocks) static_cast<std::uint64_t*>(block)[1] = address_of(block);
  for (unsigned i = 0; i < 4'000; ++i) EXPECT_NE(this->allocate(80), nullptr);
  EXPECT_NE(error_count.load_relaxed(), 0U);
  EXPECT_EQ(this->violations(), 0U);
}

// Nor has one more than all that the depot holds.
TYPED_TEST(ThreadHeapTest, a_depot_that_would_give_more_than_it_holds_is_given_up) {
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 2'000; ++i) blocks.push_back(this->allocate(80));
  for (void* const block : blocks) this->deallocate(block);
  for (void* const block : blocks) {
    static_cast<std::uint64_t*>(block)[1] = address_of(block) | std::uint64_t{0xFFFF} << 48;
  }
  for (unsigned i = 0; i < 4'000; ++i) EXPECT_NE(this->allocate(80), nullptr);
  EXPECT_NE(error_count.load_relaxed(), 0U);
  EXPECT_EQ(this->violations(), 0U);
}

// What bins may hold together is bounded as well as what depots may.
TYPED_TEST(ThreadHeapTest, many_classes_keep_within_the_budget_together) {
  std::vector<std::vector<void*>> blocks(64);
  for (unsigned round = 0; round < 40; ++round) {
    for (unsigned id = 1; id <= 64; ++id) {
      for (unsigned i = 0; i < 2'048 / id; ++i) blocks[id - 1].push_back(this->allocate(id * 16));
    }
    for (std::vector<void*>& of_class : blocks) {
      for (void* const block : of_class) this->deallocate(block);
      of_class.clear();
    }
  }
  const policy::RouteSnapshot& snapshot = test_start_up.snapshot;
  const std::size_t budget =
      std::max(snapshot.heap_budget_bytes, this->heap().store().page_count() * region::page_bytes *
                                               snapshot.heap_kept_percent / 100);
  // The bins' first 4 KiB each, what they grew by, and the depots.
  EXPECT_LE(this->heap().held().bytes, 64 * 4 * kib + 2 * budget);
  EXPECT_EQ(this->violations(), 0U);
}

// Memory falls for good in the midst of frees that hand bins on: nothing may be in two places.
TYPED_TEST(ThreadHeapTest, memory_that_falls_goes_back_to_the_system) {
  std::vector<void*> blocks;
  for (const std::size_t bytes : {48, 640, 3000}) {
    for (std::size_t i = 0; i < 12 * mib / bytes; ++i) {
      blocks.push_back(this->allocate(bytes));
      std::memset(blocks.back(), 1, bytes);
    }
  }
  const std::size_t used = gauge.used_pages();
  EXPECT_GE(used * region::page_bytes, 36 * mib);
  std::size_t freed = 0;
  for (void* const block : blocks) {
    this->deallocate(block);
    if (++freed % 100'000 == 0) {
      ASSERT_EQ(this->violations(), 0U) << freed;
    }
  }
  EXPECT_EQ(this->violations(), 0U);
  EXPECT_LE((gauge.used_pages() + gauge.dirty_pages()) * region::page_bytes, 4 * mib);
  EXPECT_EQ(error_count.load_relaxed(), 0U);
}

// What is dirty lies in holes of two pages, and what is wanted is longer.
TYPED_TEST(ThreadHeapTest, clean_pages_push_out_dirty_ones_whoever_takes_them) {
  std::vector<void*> growing;
  const auto make_holes = [&] {
    std::vector<void*> blocks;
    for (unsigned i = 0; i < 400; ++i) blocks.push_back(this->allocate(100 * kib));
    for (unsigned i = 0; i < 400; i += 2) this->deallocate(blocks[i]);
    EXPECT_GE(gauge.dirty_pages(), 300U);
  };
  const auto expect_clean = [](const char* way) {
    EXPECT_LE(gauge.dirty_pages(), 16 + region::segment_pages) << way;
  };
  for (unsigned i = 0; i < 40; ++i) growing.push_back(this->allocate(100 * kib));
  make_holes();
  for (unsigned i = 0; i < 40; ++i) this->allocate(1 * mib);
  expect_clean("malloc of large blocks");
  make_holes();
  for (unsigned i = 0; i < 1000; ++i) this->allocate(50'000);
  expect_clean("malloc of pool blocks");
  make_holes();
  for (void*& block : growing) block = this->heap().reallocate(block, 1 * mib);
  expect_clean("realloc");
}

// Pages of which every fourth block stays, and memory beside them that was there before.
TYPED_TEST(ThreadHeapTest, large_blocks_beyond_the_peak_return_parts_of_pages_first) {
  const auto swept = [] {
    std::size_t bytes = 0;
    registry.visit([&](PageStore& store) { bytes += store.counters().swept_bytes.load_relaxed(); });
    return bytes;
  };
  std::vector<void*> blocks;
  const auto make_gaps = [&] {
    blocks.clear();
    for (unsigned i = 0; i < 1024; ++i) blocks.push_back(this->allocate(4096));
    for (unsigned i = 0; i < 1024; ++i) {
      if (i % 4 != 0) this->deallocate(blocks[i]);
    }
  };
  void* const before = this->allocate(3 * mib);
  make_gaps();
  this->deallocate(before);
  const std::size_t at_rest = swept();
  void* const below_the_peak = this->allocate(2 * mib);
  EXPECT_EQ(swept(), at_rest);
  void* const small_step = this->allocate(100 * kib);
  void* const beyond_the_peak = this->allocate(4 * mib);
  EXPECT_GE(swept() - at_rest, 2 * mib) << "malloc of a large block";
  make_gaps();
  const std::size_t before_realloc = swept();
  EXPECT_NE(this->heap().reallocate(small_step, 8 * mib), nullptr);
  EXPECT_GE(swept() - before_realloc, 2 * mib) << "realloc";
  make_gaps();
  const std::size_t before_pages = swept();
  for (unsigned i = 0; i < 1000; ++i) this->allocate(50'000);
  EXPECT_EQ(swept(), before_pages) << "malloc of pool blocks";
  this->deallocate(this->allocate(64 * mib));
  make_gaps();
  const std::size_t at_the_peak = swept();
  large::set_mmap_threshold(1 * mib);
  this->deallocate(this->allocate(256 * mib));
  large::set_mmap_threshold(~std::size_t{0});
  EXPECT_EQ(swept(), at_the_peak) << "a mapped block";
  this->deallocate(this->heap().allocate_aligned(4 * mib, 256 * mib));
  EXPECT_EQ(swept(), at_the_peak) << "an alignment that no segment offers";
  test_start_up.snapshot.purge = false;
  configure_returning(test_start_up.snapshot, nullptr);
  this->deallocate(this->allocate(256 * mib));
  EXPECT_EQ(swept(), at_the_peak) << "nothing is to be returned";
  this->deallocate(below_the_peak);
  this->deallocate(beyond_the_peak);
}

TYPED_TEST(ThreadHeapTest, blocks_freed_in_any_order_leave_nothing_in_use) {
  std::vector<void*> blocks;
  for (const std::size_t bytes : {48, 640, 3000}) {
    for (std::size_t i = 0; i < 8 * mib / bytes; ++i) blocks.push_back(this->allocate(bytes));
  }
  std::shuffle(blocks.begin(), blocks.end(), std::mt19937(3));
  for (void* const block : blocks) this->deallocate(block);
  EXPECT_EQ(this->violations(), 0U);
  this->heap().scavenge();
  EXPECT_EQ(this->heap().held().blocks, 0U);
  EXPECT_EQ(gauge.used_pages(), 0U);
}

TYPED_TEST(ThreadHeapTest, agrees_with_a_model_whatever_comes) {
  struct Live {
    unsigned char* block;
    std::size_t bytes;
    unsigned char mark;
  };
  std::mt19937 random(17);
  const auto below = [&](std::size_t limit) { return std::size_t{random()} % limit; };
  std::vector<Live> live;
  std::size_t limit = 2000;
  for (unsigned step = 0; step < 60'000; ++step) {
    if (step % 10'000 == 0) limit = 200 + below(4000);
    if (live.size() < limit && below(100) < 55) {
      const std::size_t bytes = below(std::size_t{1} << (4 + below(below(20) == 0 ? 14 : 7)));
      auto* const block = static_cast<unsigned char*>(this->allocate(bytes));
      ASSERT_NE(block, nullptr);
      live.push_back({block, bytes, static_cast<unsigned char>(below(256))});
      std::memset(block, live.back().mark, bytes);
    } else if (!live.empty()) {
      const std::size_t which = below(live.size());
      const Live entry = live[which];
      ASSERT_TRUE(std::all_of(entry.block, entry.block + entry.bytes,
                              [&](unsigned char byte) { return byte == entry.mark; }));
      this->deallocate(entry.block);
      live[which] = live.back();
      live.pop_back();
    }
    if (step % 5'000 == 0) {
      ASSERT_EQ(this->violations(), 0U) << step;
    }
  }
  for (const Live& entry : live) this->deallocate(entry.block);
  this->heap().scavenge();
  EXPECT_EQ(gauge.used_pages(), 0U);
}

TYPED_TEST(ThreadHeapTest, core_bands_keep_nothing_but_what_was_taken) {
  test_start_up.snapshot.lanes.fill(policy::Lane::core);
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 5000; ++i) blocks.push_back(this->allocate(100));
  for (void* const block : blocks) this->deallocate(block);
  EXPECT_EQ(this->heap().held().blocks, 0U);
  EXPECT_EQ(this->heap().store().page_count(), 0U);
}

TYPED_TEST(ThreadHeapTest, refused_memory_is_enomem_and_then_goes_on) {
  std::vector<void*> blocks;
  void* const first = this->allocate(64);
  fake_os::refuse(Site::arena_commit);
  fake_os::refuse(Site::arena_reserve);
  errno = 0;
  while (void* const block = this->allocate(4000)) blocks.push_back(block);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_GT(blocks.size(), 900U) << "all that was committed";
  EXPECT_EQ(this->violations(), 0U);
  this->deallocate(blocks.back());
  blocks.pop_back();
  EXPECT_NE(blocks.emplace_back(this->allocate(4000)), nullptr);
  fake_os::allow_everything();
  EXPECT_NE(blocks.emplace_back(this->allocate(4000)), nullptr);
  for (void* const block : blocks) this->deallocate(block);
  this->deallocate(first);
  this->heap().scavenge();
  EXPECT_EQ(gauge.used_pages(), 0U);
}

// What one class keeps is what another one lacks.
TYPED_TEST(ThreadHeapTest, kept_blocks_are_given_up_before_memory_is_refused) {
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 1000; ++i) blocks.push_back(this->allocate(64));
  fake_os::refuse(Site::arena_commit);
  fake_os::refuse(Site::arena_reserve);
  while (void* const block = this->allocate(4000)) blocks.push_back(block);
  for (unsigned i = 0; i < 1000; ++i) this->deallocate(blocks[i]);
  EXPECT_NE(blocks.emplace_back(this->allocate(4000)), nullptr);
  fake_os::allow_everything();
  for (std::size_t i = 1000; i < blocks.size(); ++i) this->deallocate(blocks[i]);
}

TYPED_TEST(ThreadHeapTest, blocks_freed_elsewhere_come_home) {
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 20'000; ++i) blocks.push_back(this->allocate(64));
  this->in_thread([&] {
    for (void* const block : blocks) this->deallocate(block);
  });
  EXPECT_EQ(registry.live_count(), 1U);
  this->settle_everything();
  EXPECT_EQ(gauge.used_pages(), 0U);
  EXPECT_EQ(error_count.load_relaxed(), 0U);
}

TYPED_TEST(ThreadHeapTest, a_thread_that_frees_much_of_anothers_keeps_within_its_budget) {
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 100'000; ++i) blocks.push_back(this->allocate(64));
  this->in_thread([&] {
    for (void* const block : blocks) this->deallocate(block);
    const std::size_t budget = test_start_up.snapshot.heap_budget_bytes;
    EXPECT_LE(this->heap().held().bytes, budget + budget / 8 + test_start_up.snapshot.outbox_bytes);
  });
  this->settle_everything();
}

TYPED_TEST(ThreadHeapTest, the_doorbell_is_answered_by_the_next_free) {
  void* const mine = this->allocate(64);
  Block* const sent = static_cast<Block*>(this->allocate(4096));
  PageStore& store = this->heap().store();
  ASSERT_TRUE(post(owner_of(store.key()), sent, sent, 4096));
  store.ring();
  this->deallocate(mine);
  EXPECT_EQ(owner_of(store.key()).inbox.load_relaxed(), nullptr);
  EXPECT_EQ(this->allocate(4096), sent);
  EXPECT_EQ(this->allocate(64), mine);
  this->deallocate(mine);
  this->deallocate(sent);
}

TYPED_TEST(ThreadHeapTest, asked_to_trim_it_lets_go_at_its_next_free) {
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 500; ++i) blocks.push_back(this->allocate(64));
  for (unsigned i = 1; i < 500; ++i) this->deallocate(blocks[i]);
  EXPECT_GT(this->heap().held().blocks, 1U);
  ask_all_to_trim();
  this->deallocate(blocks[0]);
  EXPECT_LE(this->heap().held().blocks, 1U);
}

TYPED_TEST(ThreadHeapTest, a_class_whose_blocks_come_home_turns_to_home_and_back) {
  const page::ClassId id = class_of(64);
  const auto produce_and_consume = [&] {
    std::vector<void*> blocks;
    for (unsigned i = 0; i < 4000; ++i) blocks.push_back(this->allocate(64));
    this->in_thread([&] {
      for (void* const block : blocks) this->deallocate(block);
      this->heap().scavenge();
    });
  };
  for (unsigned round = 0; round < 30 && !this->heap().store().is_home(id); ++round) {
    produce_and_consume();
  }
  EXPECT_TRUE(this->heap().store().is_home(id));
  EXPECT_FALSE(this->heap().store().is_home(class_of(80)));
  // From now on it frees its own blocks.
  for (unsigned round = 0; round < 100 && this->heap().store().is_home(id); ++round) {
    std::vector<void*> blocks;
    for (unsigned i = 0; i < 20'000; ++i) blocks.push_back(this->allocate(64));
    for (void* const block : blocks) this->deallocate(block);
  }
  EXPECT_FALSE(this->heap().store().is_home(id));
  this->settle_everything();
  EXPECT_EQ(gauge.used_pages(), 0U);
}

TYPED_TEST(ThreadHeapTest, classes_stay_as_they_are_when_the_policy_says_so) {
  test_start_up.snapshot.adaptive_home = false;
  for (unsigned round = 0; round < 10; ++round) {
    std::vector<void*> blocks;
    for (unsigned i = 0; i < 4000; ++i) blocks.push_back(this->allocate(64));
    this->in_thread([&] {
      for (void* const block : blocks) this->deallocate(block);
    });
  }
  EXPECT_EQ(this->heap().store().counters().home_turns.load_relaxed(), 0U);
}

TYPED_TEST(ThreadHeapTest, abandoned_bins_are_lost_and_counted) {
  void* const live = this->allocate(64);
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 100; ++i) blocks.push_back(this->allocate(64));
  for (void* const block : blocks) this->deallocate(block);
  const std::size_t held = this->heap().held().bytes;
  EXPECT_GE(held, 100 * 64U);
  EXPECT_EQ(this->heap().abandon(), held);
  EXPECT_EQ(this->heap().held().blocks, 0U);
  void* const next = this->allocate(64);
  EXPECT_EQ(std::count(blocks.begin(), blocks.end(), next), 0);
  EXPECT_NE(next, live);
  this->deallocate(next);
  this->deallocate(live);
}

// Threads that allocate, hand blocks to each other and free whatever they hold.
TYPED_TEST(ThreadHeapTest, exchanged_blocks_are_intact_and_none_is_lost) {
  struct Cell {
    std::atomic<unsigned char*> block = nullptr;
  };
  static constexpr std::size_t header = sizeof(std::size_t);
  // A race detector sees in fewer steps what it sees at all.
  constexpr unsigned steps = build::race_detector ? 6'000 : 25'000;
  std::vector<Cell> cells(512);
  std::atomic<unsigned> damaged = 0;
  const auto make = [&](std::mt19937& random) {
    const std::size_t bytes = header + random() % (random() % 16 == 0 ? 3000 : 200);
    auto* const block = static_cast<unsigned char*>(this->allocate(bytes));
    if (block == nullptr) return block;
    std::memcpy(block, &bytes, header);
    std::memset(block + header, static_cast<int>(bytes % 253), bytes - header);
    return block;
  };
  const auto check_and_free = [&](unsigned char* block) {
    if (block == nullptr) return;
    std::size_t bytes = 0;
    std::memcpy(&bytes, block, header);
    if (!std::all_of(block + header, block + bytes,
                     [&](unsigned char byte) { return byte == bytes % 253; })) {
      ++damaged;
    }
    this->deallocate(block);
  };
  for (unsigned generation = 0; generation < 3; ++generation) {
    std::vector<std::thread> threads;
    for (unsigned number = 0; number < 4; ++number) {
      threads.emplace_back([&, number] {
        std::mt19937 random(number + 10 * generation);
        for (unsigned step = 0; step < steps; ++step) {
          check_and_free(cells[random() % cells.size()].block.exchange(make(random)));
        }
        this->depart();
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(this->violations(), 0U);
  }
  for (Cell& cell : cells) check_and_free(cell.block);
  EXPECT_EQ(damaged, 0U);
  EXPECT_EQ(error_count.load_relaxed(), 0U);
  this->settle_everything();
  EXPECT_EQ(gauge.used_pages(), 0U);
}

}  // namespace
}  // namespace hakmem::heap
