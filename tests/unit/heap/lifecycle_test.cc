// lifecycle_test.cc: threads that arrive, depart, and go on allocating without a heap.
#include "heap/lifecycle.h"

#include <cstring>
#include <thread>
#include <vector>

#include "heap/lifecycle_cold.h"
#include "heap/outbox.h"
#include "unit/heap/fresh_heaps.h"

namespace hakmem::heap {

struct LifecycleConfig {
  using Observer = NoObserver;
  using Poison = NoPoison;
  using RemoteFree = Outbox;
  using Room = TwoSidedRoom;
};

namespace {

namespace fake_os = test::fake_os;
using Life = Lifecycle<LifecycleConfig>;
using Heap = ThreadHeap<LifecycleConfig>;
using os::Site;

class LifecycleTest : public testing::Test {
 protected:
  LifecycleTest() {
    forget_heaps();
    test_start_up.maker = {sizeof(Heap), Heap::construct};
    Life::current = &Life::starting;
    Life::shared_store = nullptr;
  }
  ~LifecycleTest() override {
    registry.visit([](PageStore& store) { EXPECT_EQ(Heap::around(store).check_invariants(), 0U); });
    Life::current = &Life::starting;
    Life::shared_store = nullptr;
    forget_heaps();
  }

  template <class Body>
  static void in_thread(Body body) {
    std::thread thread(body);
    thread.join();
  }
};

TEST_F(LifecycleTest, each_thread_starts_without_a_heap_and_gets_its_own) {
  Heap* const mine = Life::arrive();
  EXPECT_TRUE(mine->is_live());
  EXPECT_EQ(Life::current, mine);
  EXPECT_EQ(Life::arrive(), mine);
  in_thread([&] {
    EXPECT_EQ(Life::current, &Life::starting);
    EXPECT_NE(Life::arrive(), mine);
  });
  EXPECT_EQ(registry.live_count(), 2U);
}

TEST_F(LifecycleTest, no_heap_comes_of_a_start_that_failed) {
  test_start_up.may_succeed = false;
  EXPECT_EQ(Life::arrive(), nullptr);
  EXPECT_EQ(Life::current, &Life::starting);
  test_start_up.may_succeed = true;
  EXPECT_NE(Life::arrive(), nullptr);
}

TEST_F(LifecycleTest, a_departing_threads_heap_is_parked_empty_and_adopted_by_the_next) {
  Heap* left = nullptr;
  void* live = nullptr;
  in_thread([&] {
    live = Life::current->allocate(64);
    Life::current->deallocate(Life::current->allocate(64));
    left = Life::current;
    Life::depart(left);
    EXPECT_EQ(Life::current, &Life::ended);
  });
  EXPECT_EQ(left->held().blocks, 0U);
  EXPECT_EQ(registry.parked_count(), 1U);
  EXPECT_EQ(Life::arrive(), left);
  Life::current->deallocate(live);
  EXPECT_EQ(Life::current->allocate(64), live);
  Life::current->deallocate(live);
}

TEST_F(LifecycleTest, after_its_end_a_thread_still_allocates_and_frees) {
  void* const other = Life::arrive()->allocate(64);
  void* block = nullptr;
  void* large = nullptr;
  in_thread([&] {
    void* const before = Life::current->allocate(100);
    Life::depart(Life::current);
    block = Life::current->allocate(200);
    large = Life::current->allocate(1 * mib);
    ASSERT_NE(block, nullptr);
    ASSERT_NE(large, nullptr);
    Life::current->deallocate(before);
    Life::current->deallocate(other);
    Life::current->deallocate(Life::current->allocate(1 * mib));
    Life::current->deallocate(nullptr);
    auto* const grown = static_cast<char*>(Life::current->reallocate(block, 5000));
    ASSERT_NE(grown, nullptr);
    block = grown;
  });
  EXPECT_EQ(registry.live_count(), 1U);
  ASSERT_NE(Life::shared_store, nullptr);
  EXPECT_EQ(Life::shared_store->state, PageStore::State::shared);
  Life::current->deallocate(block);
  Life::current->deallocate(large);
  EXPECT_EQ(error_count.load_relaxed(), 0U);
}

TEST_F(LifecycleTest, wrong_frees_of_a_thread_without_a_heap_are_reported) {
  Life::arrive();
  auto* const large = static_cast<std::byte*>(Life::current->allocate(1 * mib));
  std::fill_n(large, 1 * mib, std::byte{0x5A});
  const region::Arena& arena = *region::page_at(large).arena;
  std::byte* const beyond = arena.page_address(arena.frontier() * region::segment_pages);
  ASSERT_TRUE(arena.contains(beyond));
  in_thread([&] {
    Life::current = &Life::ended;
    Life::current->deallocate(large + 16);
    EXPECT_EQ(error_count.load_relaxed(), 1U);
    Life::current->deallocate(large + 64 * kib);
    EXPECT_EQ(error_count.load_relaxed(), 2U);
    Life::current->deallocate(beyond);
    EXPECT_EQ(error_count.load_relaxed(), 3U);
  });
  EXPECT_EQ(std::count(large, large + 1 * mib, std::byte{0x5A}), 1 * mib) << "untouched";
  Life::current->deallocate(large);
  EXPECT_EQ(error_count.load_relaxed(), 3U);
}

TEST_F(LifecycleTest, a_thread_for_which_there_is_no_heap_shares_one) {
  Life::arrive();
  void* block = nullptr;
  in_thread([&] {
    fake_os::refuse(Site::heap_commit, 0, 1);
    block = Life::current->allocate(64);
    EXPECT_NE(block, nullptr);
  });
  EXPECT_NE(Life::shared_store, nullptr);
  Life::current->deallocate(block);
}

TEST_F(LifecycleTest, the_shared_heap_lets_go_when_asked) {
  Life::scavenge_shared();
  EXPECT_EQ(Life::shared_store, nullptr) << "there is none to ask";
  Life::arrive();
  void* block = nullptr;
  in_thread([&] {
    fake_os::refuse(Site::heap_commit, 0, 1);
    block = Life::current->allocate(64);
  });
  ASSERT_NE(Life::shared_store, nullptr);
  Heap& shared = Heap::around(*Life::shared_store);
  EXPECT_GT(shared.held().blocks, 0U) << "the rest of its first refill";
  Life::scavenge_shared();
  EXPECT_EQ(shared.held().blocks, 0U);
  Life::current->deallocate(block);
}

// Address space for fourteen heaps, and as many keys at most: the rest shares.
TEST_F(LifecycleTest, when_keys_run_out_threads_go_on) {
  std::vector<std::pair<Heap*, void*>> threads;
  fake_os::refuse_reservations_beyond(20 * align_up(sizeof(Heap), os::os_page_bytes));
  test_start_up.arena_bytes = 8 * mib;
  Life::arrive();
  fake_os::allow_everything();
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 12; ++i) {
    in_thread([&] {
      blocks.push_back(Life::current->allocate(64));
      EXPECT_NE(blocks.back(), nullptr) << i;
      void* const passing = Life::current->allocate(64);
      EXPECT_NE(passing, nullptr) << i;
      Life::current->deallocate(passing);
    });
  }
  for (void* const block : blocks) Life::current->deallocate(block);
  EXPECT_EQ(error_count.load_relaxed(), 0U);
}

// Not even the heap for threads that have none is to be had: blocks come as whole pages.
TEST_F(LifecycleTest, when_there_is_no_memory_for_heaps_threads_go_on) {
  Life::arrive();
  fake_os::refuse(Site::heap_commit);
  void* block = nullptr;
  in_thread([&] {
    block = Life::current->allocate(64);
    ASSERT_NE(block, nullptr);
    std::memset(block, 1, 64);
    void* const passing = Life::current->allocate(40'000);
    EXPECT_NE(passing, nullptr);
    Life::current->deallocate(passing);
  });
  fake_os::allow_everything();
  Life::current->deallocate(block);
  EXPECT_EQ(region::gauge.used_pages(), 0U);
  EXPECT_EQ(error_count.load_relaxed(), 0U);
}

TEST_F(LifecycleTest, threads_without_heaps_may_allocate_at_once) {
  Life::arrive();
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < 4; ++number) {
    threads.emplace_back([number] {
      Life::current = &Life::ended;
      std::vector<unsigned char*> blocks;
      for (unsigned i = 0; i < 4000; ++i) {
        auto* const block = static_cast<unsigned char*>(Life::current->allocate(16 + i % 300));
        ASSERT_NE(block, nullptr);
        *block = static_cast<unsigned char>(number);
        blocks.push_back(block);
        if (i % 2 == 0) continue;
        EXPECT_EQ(*blocks.front(), number);
        Life::current->deallocate(blocks.front());
        blocks.erase(blocks.begin());
      }
      for (unsigned char* const block : blocks) {
        EXPECT_EQ(*block, number);
        Life::current->deallocate(block);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(error_count.load_relaxed(), 0U);
}

}  // namespace
}  // namespace hakmem::heap
