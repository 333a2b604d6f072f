// double_free_test.cc: a block freed twice is reported, at the latest when its page is retired.
//
// Until then it may be handed out twice; what must hold is that the structures stay whole and the
// mistake comes out: by a trim, by the end of the thread, or at once where metadata is looked at.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <string>
#include <vector>

#include "blocks.h"
#include "healthy_allocator.h"
#include "scenario.h"

namespace contract {
namespace {

void require_reported() { require(statistics().error_count >= 1, "the second free is reported"); }

// More blocks than any page holds, so that some pages have no others and are retired.
constexpr std::size_t whole_pages_bytes = 400 * kib;

template <std::size_t bytes>
class WholePages {
 public:
  WholePages() {
    for (void*& block : blocks_) {
      block = subject().malloc(bytes);
      require(block != nullptr, "there is memory");
    }
  }
  // One whose page has no blocks but these.
  [[nodiscard]] void* middle() const { return blocks_[count / 2]; }
  void free_all() {
    for (void* const block : blocks_) subject().free(block);
  }

 private:
  static constexpr std::size_t count =
      bytes < whole_pages_bytes / 4 ? whole_pages_bytes / bytes : 4;
  void* blocks_[count];
};

// Twice in a row, then all others; the flush is asked for.
template <std::size_t bytes>
void free_twice_and_trim() {
  WholePages<bytes> blocks;
  subject().free(blocks.middle());
  blocks.free_all();
  subject().trim(0);
  require_reported();
  require_a_healthy_allocator();
}

// With all other frees in between.
template <std::size_t bytes>
void free_twice_apart_and_trim() {
  WholePages<bytes> blocks;
  blocks.free_all();
  subject().free(blocks.middle());
  subject().trim(0);
  require_reported();
  require_a_healthy_allocator();
}

// By a flush in between: the second free meets a page that already has the block.
template <std::size_t bytes>
void free_trim_free_trim() {
  WholePages<bytes> blocks;
  subject().free(blocks.middle());
  subject().trim(0);
  blocks.free_all();
  subject().trim(0);
  require_reported();
  require_a_healthy_allocator();
}

// The end of the thread is a flush as well.
template <std::size_t bytes>
void free_twice_in_a_thread() {
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        WholePages<bytes> blocks;
        subject().free(blocks.middle());
        blocks.free_all();
        return nullptr;
      },
      nullptr);
  pthread_join(thread, nullptr);
  require_reported();
  require_a_healthy_allocator();
}

// Once by each of two threads.
template <std::size_t bytes>
void free_in_two_threads() {
  WholePages<bytes> blocks;
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void* block) -> void* {
        subject().free(block);
        return nullptr;
      },
      blocks.middle());
  pthread_join(thread, nullptr);
  blocks.free_all();
  subject().trim(0);
  require_reported();
  require_a_healthy_allocator();
}

const Scenario scenarios[] = {
    {"twice_64", free_twice_and_trim<64>},
    {"twice_1000", free_twice_and_trim<1000>},
    {"twice_4000", free_twice_and_trim<4000>},
    {"twice_40000", free_twice_and_trim<40'000>},
    {"twice_200000", free_twice_and_trim<200'000>},
    {"twice_5000000", free_twice_and_trim<5'000'000>},
    {"apart_64", free_twice_apart_and_trim<64>},
    {"apart_4000", free_twice_apart_and_trim<4000>},
    {"apart_40000", free_twice_apart_and_trim<40'000>},
    {"apart_200000", free_twice_apart_and_trim<200'000>},
    {"flushed_64", free_trim_free_trim<64>},
    {"flushed_1000", free_trim_free_trim<1000>},
    {"flushed_4000", free_trim_free_trim<4000>},
    {"flushed_40000", free_trim_free_trim<40'000>},
    {"flushed_200000", free_trim_free_trim<200'000>},
    {"in_a_thread_64", free_twice_in_a_thread<64>},
    {"in_a_thread_4000", free_twice_in_a_thread<4000>},
    {"in_a_thread_200000", free_twice_in_a_thread<200'000>},
    {"in_two_threads_64", free_in_two_threads<64>},
    {"in_two_threads_4000", free_in_two_threads<4000>},
    {"in_two_threads_200000", free_in_two_threads<200'000>},
};

TEST(DoubleFreeTest, IsReportedWhenThePageIsRetired) {
  for (const Scenario& scenario : scenarios) {
    const Outcome outcome = run_scenario(scenario);
    EXPECT_TRUE(outcome.passed()) << scenario.name() << ": " << outcome.text();
    EXPECT_GE(outcome.lines().size(), 1U) << scenario.name() << ": " << outcome.text();
    for (const std::string& line : outcome.lines()) {
      EXPECT_NE(line.find(": 0x"), std::string::npos) << line;
    }
  }
}

TEST(DoubleFreeTest, CanBeIgnored) {
  for (const Scenario& scenario : scenarios) {
    const Outcome outcome = run_scenario(scenario, {{"HAKMEM_ON_ERROR", "ignore"}});
    EXPECT_TRUE(outcome.passed()) << scenario.name() << ": " << outcome.text();
    EXPECT_TRUE(outcome.lines().empty()) << scenario.name() << ": " << outcome.text();
  }
}

TEST(DoubleFreeTest, CanAbort) {
  for (const Scenario& scenario : scenarios) {
    const Outcome outcome = run_scenario(scenario, {{"HAKMEM_ON_ERROR", "abort"}});
    EXPECT_EQ(outcome.signal, SIGABRT) << scenario.name() << ": " << outcome.text();
    EXPECT_EQ(outcome.lines().size(), 1U) << scenario.name() << ": " << outcome.text();
  }
}

// A large block's page carries no tag once it is free, so nothing has to be flushed.
const Scenario large_at_once("large_at_once", [] {
  void* const block = subject().malloc(200'000);
  subject().free(block);
  subject().free(block);
  require(statistics().error_count == 1, "the second free is reported at the call");
  require(subject().usable_size(block) == 0, "the block is nobody's");
  require_a_healthy_allocator();
});

TEST(DoubleFreeTest, LargeBlocksAreReportedAtTheCall) {
  const Outcome outcome = run_scenario(large_at_once);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
  EXPECT_EQ(outcome.lines().size(), 2U) << outcome.text();
}

// Thousands of double frees at random in every lane: no crash, no broken structure.
const Scenario many_random("many_random", [] {
  std::uint64_t state = 88172645463325252ULL;
  const auto random = [&state] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  };
  constexpr std::size_t sizes[] = {16, 64, 200, 1000, 2000, 9000, 40'000, 100'000};
  std::vector<void*> freed;
  for (unsigned step = 0; step < 20'000; ++step) {
    void* const block = subject().malloc(sizes[random() % std::size(sizes)]);
    require(block != nullptr, "there is memory");
    subject().free(block);
    freed.push_back(block);
    if (random() % 3 == 0) subject().free(freed[random() % freed.size()]);
    if (random() % 500 == 0) subject().trim(0);
  }
  subject().trim(0);
  require_reported();
  require(subject().check_invariants() == 0, "the structures are whole");
});

TEST(DoubleFreeTest, ManyAtRandomKeepTheStructuresWhole) {
  const Outcome outcome = run_scenario(many_random, {{"HAKMEM_ON_ERROR", "ignore"}});
  EXPECT_TRUE(outcome.passed()) << outcome.text();
}

}  // namespace
}  // namespace contract
