// fork_test.cc: what a fork child finds, loses and counts.
#include "runtime/fork.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "unit/runtime/statistics.h"

namespace hakmem::runtime {
namespace {

// Runs `body` in a fork child; returns what it returned.
template <class Body>
int in_child(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << status;
  return WEXITSTATUS(status);
}

// A thread that keeps free blocks in its bins until it is told to end.
class Keeper {
 public:
  Keeper() {
    thread_ = std::thread([this] {
      std::vector<void*> blocks;
      for (unsigned i = 0; i < 200; ++i) blocks.push_back(allocate(100));
      live_ = allocate(100);
      for (void* const block : blocks) deallocate(block);
      ready_ = true;
      while (!end_) std::this_thread::yield();
    });
    while (!ready_) std::this_thread::yield();
  }
  ~Keeper() {
    end_ = true;
    thread_.join();
  }
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  [[nodiscard]] void* live() const { return live_; }

 private:
  std::thread thread_;
  std::atomic<bool> ready_ = false;
  std::atomic<bool> end_ = false;
  void* live_ = nullptr;
};

TEST(Fork, a_child_of_one_thread_loses_nothing) {
  void* const block = allocate(100);
  EXPECT_EQ(in_child([&] {
              if (abandoned_bytes() != 0) return 1;
              deallocate(block);
              return static_cast<int>(check_invariants());
            }),
            0);
  deallocate(block);
}

TEST(Fork, a_child_forgets_other_threads_bins_and_counts_them) {
  deallocate(allocate(100));
  const std::size_t before = abandoned_bytes();
  const Keeper keeper;
  EXPECT_EQ(in_child([&] {
              const std::size_t lost = abandoned_bytes() - before;
              if (lost < 200 * 100 || lost > 1 * mib) return 1;
              if (statistics().abandoned_bytes != abandoned_bytes()) return 2;
              if (statistics().heap_count != 1) return 3;
              if (statistics().parked_heap_count == 0) return 4;
              return static_cast<int>(check_invariants());
            }),
            0);
  EXPECT_EQ(abandoned_bytes(), before) << "the parent lost nothing";
}

TEST(Fork, a_child_frees_blocks_of_threads_it_does_not_have) {
  const Keeper keeper;
  std::memset(keeper.live(), 7, 100);
  EXPECT_EQ(in_child([&] {
              if (*static_cast<char*>(keeper.live()) != 7) return 1;
              deallocate(keeper.live());
              for (unsigned i = 0; i < 10'000; ++i) {
                void* const block = allocate(i % 700);
                if (block == nullptr) return 2;
                std::memset(block, 1, i % 700);
                if (i % 3 != 0) deallocate(block);
              }
              return static_cast<int>(check_invariants());
            }),
            0);
}

TEST(Fork, works_while_threads_allocate) {
  std::atomic<bool> end = false;
  std::vector<std::thread> threads;
  for (unsigned number = 0; number < 3; ++number) {
    threads.emplace_back([&] {
      std::vector<void*> blocks(64);
      for (unsigned i = 0; !end; ++i) {
        deallocate(blocks[i % 64]);
        blocks[i % 64] = allocate(i * 37 % 2000);
      }
      for (void* const block : blocks) deallocate(block);
    });
  }
  for (unsigned i = 0; i < 40; ++i) {
    EXPECT_EQ(in_child([&] {
                for (unsigned n = 0; n < 200; ++n) {
                  void* const block = allocate(n * 11);
                  if (block == nullptr) return 1;
                  deallocate(block);
                }
                return static_cast<int>(check_invariants());
              }),
              0)
        << i;
  }
  end = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(check_invariants(), 0U);
}

}  // namespace
}  // namespace hakmem::runtime
