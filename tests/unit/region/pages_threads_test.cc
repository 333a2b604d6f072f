// pages_threads_test.cc: threads that take, give and purge pages at once.
#include <atomic>
#include <random>
#include <thread>

#include "region/pages.h"
#include "unit/region/fresh_region.h"

namespace hakmem::region {
namespace {

class PagesThreads : public FreshRegion {
 protected:
  PagesThreads() { EXPECT_TRUE(open_arena(128 * mib)); }
};

// Each thread stamps its pages and finds its stamp again, whatever the others take and purge.
class Worker {
 public:
  explicit Worker(unsigned number) : random_(number), number_(number) {}

  void run(unsigned steps) {
    for (unsigned step = 0; step < steps; ++step) {
      if (runs_.size() < 24 && below(2) == 0) {
        take();
      } else if (!runs_.empty()) {
        give(below(static_cast<std::uint32_t>(runs_.size())));
      }
    }
    while (!runs_.empty()) give(runs_.size() - 1);
  }
  [[nodiscard]] unsigned faults() const { return faults_; }

 private:
  struct Run {
    PageRef first;
    std::uint32_t pages;
    std::uint32_t stamp;
  };

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_()) % limit; }
  static std::uint32_t& word(const Run& run, std::uint32_t page) {
    return *reinterpret_cast<std::uint32_t*>((run.first + page).address());
  }

  void take() {
    const std::uint32_t pages = below(16) == 0 ? 32 + below(40) : 1 + below(8);
    const TakenRun taken =
        take_pages(pages, page_bytes, OwnerKey{static_cast<std::uint16_t>(number_)}, &lending_);
    if (!taken.first) return;
    Run run{taken.first, pages, number_ << 24 | ++stamps_};
    grow(run, 0, taken.zeroed);
    bool zeroed = false;
    if (below(4) == 0 && take_behind(run.first + run.pages, 2, zeroed)) {
      run.pages += 2;
      grow(run, run.pages - 2, zeroed);
    }
    runs_.push_back(run);
  }
  void grow(const Run& run, std::uint32_t from, bool zeroed) {
    for (std::uint32_t i = from; i < run.pages; ++i) {
      if (zeroed && word(run, i) != 0) ++faults_;
      word(run, i) = run.stamp;
    }
  }
  void give(std::size_t which) {
    const Run run = runs_[which];
    for (std::uint32_t i = 0; i < run.pages; ++i) {
      if (word(run, i) != run.stamp) ++faults_;
    }
    give_pages(run.first, run.pages, true);
    runs_[which] = runs_.back();
    runs_.pop_back();
  }

  std::mt19937 random_;
  std::uint32_t number_;
  std::uint32_t stamps_ = 0;
  unsigned faults_ = 0;
  Lending lending_;
  std::vector<Run> runs_;
};

TEST_F(PagesThreads, nobody_gets_anothers_page_and_the_counts_are_right_at_the_end) {
  constexpr unsigned steps = 20'000;
  std::vector<Worker> workers;
  for (unsigned i = 1; i <= 4; ++i) workers.emplace_back(i);
  std::atomic<bool> done = false;
  std::atomic<unsigned> miscounts = 0;
  std::thread purger([&] {
    while (!done) {
      // More dirty pages than there are pages: a count that went below zero for a moment.
      if (gauge.dirty_pages() > 4 * 128 * mib / page_bytes) ++miscounts;
      purge_pages(40);
      std::this_thread::yield();
    }
  });
  std::vector<std::thread> threads;
  for (Worker& worker : workers) threads.emplace_back([&worker] { worker.run(steps); });
  for (std::thread& thread : threads) thread.join();
  done = true;
  purger.join();

  for (const Worker& worker : workers) EXPECT_EQ(worker.faults(), 0U);
  EXPECT_EQ(miscounts, 0U);
  EXPECT_EQ(gauge.used_pages(), 0U);
  expect_counts_agree();
  purge_pages(~std::size_t{0});
  EXPECT_EQ(gauge.dirty_pages(), 0U);
  expect_counts_agree();
}

// A page that goes from hand to hand: its count is right at every moment, not only at the end.
TEST_F(PagesThreads, dirty_pages_are_never_fewer_than_none) {
  std::atomic<bool> done = false;
  std::atomic<unsigned> miscounts = 0;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (unsigned step = 0; step < 60'000; ++step) {
        const PageRef page = take_pages(1, page_bytes, OwnerKey::none, nullptr).first;
        if (gauge.dirty_pages() > 1000) ++miscounts;
        give_pages(page, 1, true);
      }
    });
  }
  std::thread observer([&] {
    while (!done) {
      if (gauge.dirty_pages() > 1000 || gauge.used_pages() > 1000) ++miscounts;
    }
  });
  for (std::thread& thread : threads) thread.join();
  done = true;
  observer.join();
  EXPECT_EQ(miscounts, 0U);
  expect_counts_agree();
}

// All threads want more than the frontier has, at once.
TEST_F(PagesThreads, growing_at_the_same_time_gives_everybody_his_own) {
  for (unsigned round = 0; round < 20; ++round) {
    forget_region();
    ASSERT_TRUE(open_arena(64 * mib));
    std::atomic<unsigned> ready = 0;
    std::vector<std::vector<PageRef>> taken(4);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        ++ready;
        while (ready != 4) {
        }
        for (unsigned n = 0; n < 5; ++n) {
          taken[i].push_back(take_pages(33, page_bytes, OwnerKey::none, nullptr).first);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::vector<bool> owned(64 * mib / page_bytes);
    for (const auto& runs : taken) {
      for (const PageRef run : runs) {
        if (!run || run.arena != &arenas[0]) continue;
        for (unsigned page = run.index; page < run.index + 33; ++page) {
          EXPECT_FALSE(owned[page]);
          owned[page] = true;
        }
      }
    }
    expect_counts_agree();
  }
}

}  // namespace
}  // namespace hakmem::region
