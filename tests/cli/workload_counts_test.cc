// workload_counts_test.cc: what workloads say of their blocks is what a library between them and
// the allocator counted, and remote shares are those asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "measure/temporary_folder.h"
#include "workload_list.h"

namespace hakmem::cli::testing {
namespace {

// What libc itself allocates in the process: the stream's buffer, the path of the allocator, and
// the vector of thread-local storage of each thread, of hakmem's helper too.
constexpr std::uint64_t libc_blocks = 4;
// In a lane one thread lives on while the next starts.
constexpr std::uint64_t libc_blocks_of_a_thread = 2;

struct Counted {
  nlohmann::json line;
  std::uint64_t malloc = 0;
  std::uint64_t calloc = 0;
  std::uint64_t realloc = 0;
  std::uint64_t aligned = 0;
  std::uint64_t free = 0;
  std::uint64_t calls_between_looks = 0;
  std::uint64_t live_at_last_look = 0;
  std::uint64_t most_live_at_a_look = 0;
  std::uint64_t tolerance = libc_blocks;

  std::uint64_t allocations() const { return malloc + calloc + aligned; }
};

// Runs a workload with the counting library before `library`, or before libc if that is empty.
Counted run_counted(const std::string& name, const std::string& arguments,
                    const std::string& library) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "counts.json";
  const Outcome outcome =
      run_workload(name, arguments,
                   "COUNTING_MALLOC_FILE=" + file + " 'LD_PRELOAD=" HAKMEM_COUNTING_LIBRARY +
                       (library.empty() ? "" : " " + library) + "'");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  Counted counted;
  counted.line = nlohmann::json::parse(outcome.output);
  const nlohmann::json counts = nlohmann::json::parse(std::ifstream(file));
  counted.malloc = counts["malloc"];
  counted.calloc = counts["calloc"];
  counted.realloc = counts["realloc"];
  counted.aligned = counts["aligned"];
  counted.free = counts["free"];
  counted.calls_between_looks = counts["calls_between_looks"];
  counted.live_at_last_look = counts["live_at_last_look"];
  counted.most_live_at_a_look = counts["most_live_at_a_look"];
  const auto& parameters = counted.line["parameters"];
  const std::uint64_t threads = parameters.value("threads", std::uint64_t{0}) +
                                2 * parameters.value("pairs", std::uint64_t{0});
  counted.tolerance += libc_blocks_of_a_thread * threads;
  return counted;
}

void expect_between(std::uint64_t value, std::uint64_t low, std::uint64_t high, const char* what) {
  EXPECT_GE(value, low) << what;
  EXPECT_LE(value, high) << what;
}

class WorkloadCountsTest : public ::testing::TestWithParam<Workload> {
 protected:
  static void expect_true_counts(const std::string& library) {
    const Counted counted = run_counted(GetParam().name, GetParam().small, library);
    const std::uint64_t allocations = counted.line["allocations"];
    const std::uint64_t frees = counted.line["frees"];
    const std::uint64_t live = counted.line["live"];
    EXPECT_GT(frees, 10U);
    EXPECT_EQ(allocations, frees + live);
    expect_between(counted.allocations(), allocations, allocations + counted.tolerance,
                   "allocations");
    expect_between(counted.free, frees + live, frees + live + counted.tolerance, "frees");
    EXPECT_EQ(counted.realloc, counted.line.value("reallocations", std::uint64_t{0}));
  }
};

TEST_P(WorkloadCountsTest, AreTrueUnderLibc) { expect_true_counts(""); }

TEST_P(WorkloadCountsTest, AreTrueUnderHakmem) { expect_true_counts(hakmem_library()); }

TEST_P(WorkloadCountsTest, AreAbsentFromAFloorWhichAllocatesNothing) {
  if (!GetParam().has_one_thread) {
    EXPECT_EQ(run_workload(GetParam().name, "--floor").status, 2);
    return;
  }
  const Counted counted = run_counted(GetParam().name, "--floor " + GetParam().small, "");
  EXPECT_FALSE(counted.line.contains("allocations"));
  EXPECT_LE(counted.allocations(), counted.tolerance);
}

INSTANTIATE_TEST_SUITE_P(Workloads, WorkloadCountsTest, ::testing::ValuesIn(all_workloads()),
                         name_of_test);

TEST(WorkloadCounts, AreOfTheCallsThatAWorkloadIsNamedAfter) {
  const Counted calloc_fresh = run_counted("calloc_fresh", "big=1Mi cycles=2", "");
  EXPECT_GE(calloc_fresh.calloc, calloc_fresh.line["allocations"]);
  EXPECT_LE(calloc_fresh.malloc, calloc_fresh.tolerance);
  const Counted aligned = run_counted("aligned", "iters=10k", "");
  EXPECT_EQ(aligned.aligned, aligned.line["allocations"]);
  const Counted realloc_growth = run_counted("realloc_growth", "count=100 cycles=1", "");
  EXPECT_EQ(realloc_growth.realloc, 100 * 100U);
}

// The first look at the clock starts it and the last one stops it; what is live then is freed
// later.
TEST(WorkloadCounts, OfOperationsAndLiveBlocksAreThoseOfTheClock) {
  for (const Workload& workload : all_workloads()) {
    if (workload.name == "objects" || workload.name == "server_day") continue;
    const Counted counted = run_counted(workload.name, workload.small, "");
    const std::uint64_t live = counted.line["live"];
    expect_between(counted.live_at_last_look, live, live + counted.tolerance,
                   workload.name.c_str());
    const std::uint64_t operations = counted.line["operations"];
    // Here the clock stands still between phases, when main frees up to 1000 objects.
    const std::uint64_t untimed = workload.name == "stress_phases" ? 2 * 1000 : 0;
    expect_between(counted.calls_between_looks, operations,
                   operations + untimed + counted.tolerance, workload.name.c_str());
  }
  // Here each thread looks for itself, and the last look of all comes when the blocks are freed; a
  // thread that replaces a block has one less for a moment.
  const Counted objects = run_counted("objects", "threads=4 live=20k iters=20k", "");
  expect_between(objects.most_live_at_a_look, objects.line["live"].get<std::uint64_t>() - 4,
                 objects.line["live"].get<std::uint64_t>() + objects.tolerance, "objects");
  // A day ends with the sessions of its load: as many as have its bytes, and one more a thread.
  const auto day = nlohmann::json::parse(
      run_workload("server_day", "threads=2 load=1M spike=4M busy_ms=9 idle_ms=9 min=50 max=150")
          .output);
  EXPECT_EQ(day["live"], 2 * (1'000'000 / 100 / 2 + 1));
}

TEST(WorkloadCounts, HoldWhatWasAllocatedBeforeTheClockStarted) {
  const Counted compat = run_counted("random_mixed", "--compat iters=100k", "");
  EXPECT_EQ(
      compat.line["allocations"].get<std::uint64_t>() + compat.line["frees"].get<std::uint64_t>(),
      110'000U);
  const Counted objects = run_counted("objects", "threads=3 live=1000 iters=500", "");
  EXPECT_EQ(objects.line["live"], 3 * 334);
  EXPECT_EQ(objects.line["allocations"], 3 * (334 + 500));
}

// Several shares, each with 2, 4 and 16 threads; the ring has room for all that can be sent, so
// that no block has to be freed at home.
class MtRemoteTest : public ::testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(MtRemoteTest, TheShareIsTheOneAskedFor) {
  const auto [threads, percent] = GetParam();
  const auto line = nlohmann::json::parse(
      run_workload("mt_remote", "iters=60k threads=" + std::to_string(threads) +
                                    " remote=" + std::to_string(percent))
          .output);
  EXPECT_EQ(line["fallback_share"], 0.0);
  EXPECT_NEAR(line.value("remote_share", -1.0), percent / 100.0, 0.02);
}

INSTANTIATE_TEST_SUITE_P(Shares, MtRemoteTest,
                         ::testing::Combine(::testing::Values(2, 4, 16),
                                            ::testing::Values(0, 1, 25, 50, 90, 100)));

TEST(MtRemote, CountsBlocksThatFindTheRingFull) {
  const auto line =
      nlohmann::json::parse(run_workload("mt_remote", "iters=100k remote=90 ring=1").output);
  EXPECT_GT(line["fallback_share"], 0.0);
  EXPECT_NEAR(line.value("fallback_share", 0.0) + line.value("remote_share", 0.0), 0.9, 0.02);
}

// Of workloads whose way of working says what the share must be.
TEST(RemoteShare, IsWhatTheWorkloadDoes) {
  const auto share = [](const std::string& name, const std::string& arguments) {
    return nlohmann::json::parse(run_workload(name, arguments).output).value("remote_share", -1.0);
  };
  EXPECT_EQ(share("producer_consumer", "iters=50k"), 1.0);
  EXPECT_EQ(share("producer_consumer", "pairs=3 iters=50k"), 1.0);
  EXPECT_NEAR(share("thread_churn", "iters=400"), 0.5, 0.02);
  EXPECT_NEAR(share("cache_scratch", "threads=4 iters=9 reps=1"), 0.1, 1e-6);
  // With as many steps as slots, in each round 1 - 1/e of the slots are met for the first time.
  EXPECT_NEAR(share("larson", "seconds=1 rounds=1"), 0.632, 0.02);
  EXPECT_LT(share("larson", "seconds=1 rounds=100"), 0.05);
}

}  // namespace
}  // namespace hakmem::cli::testing
