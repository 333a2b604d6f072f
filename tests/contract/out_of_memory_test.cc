// out_of_memory_test.cc: limits of the process, from its start or applied to it while it runs.
//
// Without memory: NULL and ENOMEM, nothing lost, and the work goes on when memory is back.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <thread>
#include <vector>

#include "blocks.h"
#include "scenario.h"

namespace contract {
namespace {

void limit(__rlimit_resource resource, rlim_t soft) {
  rlimit current;
  getrlimit(resource, &current);
  current.rlim_cur = soft < current.rlim_max ? soft : current.rlim_max;
  if (setrlimit(resource, &current) != 0) _exit(125);
}

// A list of blocks held together by their first words: needs no memory of its own.
class Hoard {
 public:
  // Takes blocks of `bytes` until there are no more or `enough` bytes are held.
  std::size_t fill(std::size_t bytes, std::size_t enough) {
    std::size_t taken = 0;
    while (taken < enough) {
      errno = 0;
      auto* const block = static_cast<void**>(subject().malloc(bytes));
      if (block == nullptr) {
        require(errno == ENOMEM, "a refusal sets ENOMEM");
        break;
      }
      touch(block, bytes);
      *block = first_;
      first_ = block;
      taken += bytes;
    }
    return taken;
  }
  void empty() {
    while (first_ != nullptr) {
      void** const next = static_cast<void**>(*first_);
      subject().free(first_);
      first_ = next;
    }
  }

 private:
  void** first_ = nullptr;
};

constexpr std::size_t as_much_as_there_is = 8 * gib;
constexpr std::size_t hoard_sizes[] = {48, 1000, 5000, 30'000, 200'000, 3 * mib};

// Fills the limit with each size in turn; what fitted once must fit again.
void exhaust_in_all_lanes(std::size_t at_least) {
  for (const std::size_t bytes : hoard_sizes) {
    Hoard hoard;
    const std::size_t first = hoard.fill(bytes, as_much_as_there_is);
    hoard.empty();
    const std::size_t second = hoard.fill(bytes, as_much_as_there_is);
    hoard.empty();
    say("%zu: %zu, then %zu\n", bytes, first, second);
    require(first >= at_least, "the limit can be used");
    require(first < as_much_as_there_is, "the limit was met");
    require(second + second / 10 + mib >= first, "nothing is lost by running out");
  }
  require(subject().check_invariants() == 0, "the structures are whole");
}

const Scenario limited_from_the_start("limited_from_the_start", [] {
  exhaust_in_all_lanes(10 * mib);
  limit(RLIMIT_AS, RLIM_INFINITY);
  Hoard hoard;
  for (const std::size_t bytes : hoard_sizes) {
    require(hoard.fill(bytes, 100 * mib) >= 100 * mib, "a raised limit can be used");
  }
  hoard.empty();
  require(statistics().error_count == 0, "no error was met");
  require(subject().check_invariants() == 0, "the structures are whole");
});

TEST(OutOfMemoryTest, AddressSpaceOf64MibAndRaisedAgain) {
  const Outcome outcome =
      run_scenario(limited_from_the_start, {}, [] { limit(RLIMIT_AS, 64 * mib); });
  EXPECT_TRUE(outcome.passed()) << outcome.text();
  EXPECT_TRUE(outcome.lines().empty()) << outcome.text();
}

const Scenario starts_and_ends("starts_and_ends", [] {
  void* const block = subject().malloc(100);
  say("%s\n", block != nullptr ? "a block" : "no block");
  subject().free(block);
});

// Whatever the limit: the program starts if libc alone would, and is refused politely.
TEST(OutOfMemoryTest, SmallAddressSpacesDoNotCrash) {
  for (const std::size_t mebibytes :
       {24UL, 28UL, 30UL, 32UL, 36UL, 48UL, 64UL, 100UL, 512UL, 3000UL}) {
    const Outcome outcome =
        run_scenario(starts_and_ends, {}, [=] { limit(RLIMIT_AS, mebibytes * mib); });
    EXPECT_EQ(outcome.signal, 0) << mebibytes << ": " << outcome.text();
    EXPECT_TRUE(outcome.passed()) << mebibytes << ": " << outcome.text();
  }
}

const Scenario limited_later("limited_later", [] {
  Hoard before;
  before.fill(100, mib);
  limit(RLIMIT_AS, 100 * mib);
  // The program's own mappings are refused as the limit says ...
  errno = 0;
  void* const own = mmap(nullptr, 200 * mib, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(own == MAP_FAILED && errno == ENOMEM, "mmap beyond the limit is refused");
  pthread_t thread;
  const int error = pthread_create(
      &thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
  require(error == 0 || error == EAGAIN, "a thread is started or refused with EAGAIN");
  if (error == 0) pthread_join(thread, nullptr);
  // ... and blocks are given or refused, each in order.
  for (const std::size_t bytes : hoard_sizes) {
    Hoard hoard;
    say("%zu: %zu\n", bytes, hoard.fill(bytes, 64 * mib));
    hoard.empty();
  }
  limit(RLIMIT_AS, RLIM_INFINITY);
  Hoard after;
  require(after.fill(1000, 100 * mib) >= 100 * mib, "a raised limit can be used");
  after.empty();
  before.empty();
  require(subject().check_invariants() == 0, "the structures are whole");
});

TEST(OutOfMemoryTest, AddressSpaceLimitedAfterTheStart) {
  const Outcome outcome = run_scenario(limited_later);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
  EXPECT_TRUE(outcome.lines().empty()) << outcome.text();
}

const Scenario data_limited_later("data_limited_later", [] {
  Hoard before;
  before.fill(100, mib);
  limit(RLIMIT_DATA, 64 * mib);
  exhaust_in_all_lanes(10 * mib);
  limit(RLIMIT_DATA, RLIM_INFINITY);
  Hoard after;
  require(after.fill(1000, 100 * mib) >= 100 * mib, "a raised limit can be used");
  after.empty();
  before.empty();
  require(subject().check_invariants() == 0, "the structures are whole");
});

TEST(OutOfMemoryTest, DataLimitedAfterTheStart) {
  const Outcome outcome = run_scenario(data_limited_later);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
  EXPECT_TRUE(outcome.lines().empty()) << outcome.text();
}

TEST(OutOfMemoryTest, DataLimitedFromTheStart) {
  for (const std::size_t mebibytes : {4UL, 8UL, 16UL, 64UL}) {
    const Outcome outcome =
        run_scenario(starts_and_ends, {}, [=] { limit(RLIMIT_DATA, mebibytes * mib); });
    EXPECT_EQ(outcome.signal, 0) << mebibytes << ": " << outcome.text();
    EXPECT_TRUE(outcome.passed()) << mebibytes << ": " << outcome.text();
  }
}

const Scenario locked_later("locked_later", [] {
  Hoard before;
  before.fill(1000, 4 * mib);
  // Refused to whoever may lock little memory; the work goes on either way.
  const int locked = mlockall(MCL_CURRENT | MCL_FUTURE);
  say("mlockall: %d, %d\n", locked, locked == 0 ? 0 : errno);
  const std::size_t resident = resident_bytes();
  for (const std::size_t bytes : hoard_sizes) {
    Hoard hoard;
    require(hoard.fill(bytes, 16 * mib) >= 16 * mib, "there is memory");
    hoard.empty();
  }
  std::thread([] {
    Hoard hoard;
    hoard.fill(300, mib);
    hoard.empty();
  }).join();
  say("resident %zu, then %zu\n", resident, resident_bytes());
  require(resident < 256 * mib, "locking touches what is committed, not what is reserved");
  before.empty();
  require(subject().check_invariants() == 0, "the structures are whole");
});

TEST(OutOfMemoryTest, MemoryLockedAfterTheStart) {
  const Outcome outcome = run_scenario(locked_later);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
  EXPECT_TRUE(outcome.lines().empty()) << outcome.text();
}

const Scenario threads_run_out("threads_run_out", [] {
  limit(RLIMIT_DATA, 128 * mib);
  for (unsigned round = 0; round < 3; ++round) {
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
      threads.emplace_back([t] {
        Hoard hoard;
        hoard.fill(hoard_sizes[t], as_much_as_there_is);
        hoard.empty();
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  Hoard hoard;
  const std::size_t got = hoard.fill(1000, as_much_as_there_is);
  say("afterwards %zu\n", got);
  require(got >= 48 * mib, "what the threads held can be had again");
  hoard.empty();
  require(subject().check_invariants() == 0, "the structures are whole");
});

TEST(OutOfMemoryTest, ManyThreadsRunOutTogether) {
  const Outcome outcome = run_scenario(threads_run_out);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
  EXPECT_TRUE(outcome.lines().empty()) << outcome.text();
}

const Scenario realloc_runs_out("realloc_runs_out", [] {
  limit(RLIMIT_DATA, 96 * mib);
  std::size_t bytes = 64;
  auto* block = static_cast<unsigned char*>(subject().malloc(bytes));
  require(block != nullptr, "there is memory");
  paint(block, bytes, 6);
  while (true) {
    auto* const grown = static_cast<unsigned char*>(subject().realloc(block, bytes * 2));
    if (grown == nullptr) break;
    block = grown;
    require(is_painted(block, bytes, 6), "the contents came along");
    bytes *= 2;
    paint(block, bytes, 6);
    require(bytes < gib, "the limit was met");
  }
  require(errno == ENOMEM, "a refusal sets ENOMEM");
  require(is_painted(block, bytes, 6), "the old block is untouched");
  subject().free(block);
  require(subject().check_invariants() == 0, "the structures are whole");
});

TEST(OutOfMemoryTest, ReallocKeepsTheOldBlock) {
  const Outcome outcome = run_scenario(realloc_runs_out);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
}

}  // namespace
}  // namespace contract
