// workloads_test.cc: every workload keeps its contract: libc only, one line of JSON, every byte
// verified, corruption noticed, wrong command lines refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "command_line.h"

namespace hakmem::cli::testing {
namespace {

using ::testing::HasSubstr;

struct Workload {
  std::string name;
  std::string small;  // arguments of a short run
  bool has_floor;
  std::string many = "";  // arguments of a run in which corruption must show
};

// How gtest shows a parameter in a test's name.
void PrintTo(const Workload& workload, std::ostream* stream) { *stream << workload.name; }

class WorkloadTest : public ::testing::TestWithParam<Workload> {
 protected:
  static Outcome run(const std::string& arguments, const std::string& preload = "") {
    const std::string variable = preload.empty() ? "" : "LD_PRELOAD=" + preload + " ";
    return run_shell(variable + workload_path(GetParam().name) + " " + arguments);
  }
};

TEST_P(WorkloadTest, PrintsOneLineOfJson) {
  const Outcome outcome = run(GetParam().small);
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(outcome.output.find('\n'), outcome.output.size() - 1);
  const nlohmann::json line = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(line["workload"], GetParam().name);
  EXPECT_EQ(line["mode"], "timed");
  EXPECT_GT(line["operations"], 0);
  EXPECT_NEAR(line["ops_per_second"].get<double>(),
              line["operations"].get<double>() / line["seconds"].get<double>(),
              1 + 1e-6 * line["ops_per_second"].get<double>());
  EXPECT_GE(line["peak_rss_bytes"], line["start_rss_bytes"]);
  EXPECT_FALSE(line.contains("after_rss_bytes"));
  EXPECT_THAT(line["allocator"]["path"].get<std::string>(), HasSubstr("/libc.so."));
  EXPECT_EQ(line["allocator"]["build_id"].get<std::string>().size(), 40U);
}

TEST_P(WorkloadTest, VerifiesEveryByteUnderHakmem) {
  const Outcome outcome = run("--verify " + GetParam().small, hakmem_library());
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const nlohmann::json line = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(line["mode"], "verify");
  EXPECT_FALSE(line.contains("seconds")) << "a verifying run is never timed";
  EXPECT_EQ(line["allocator"]["path"], std::filesystem::canonical(hakmem_library()).string());
}

TEST_P(WorkloadTest, NoticesCorruption) {
  const Outcome outcome = run(GetParam().many, corrupting_library());
  EXPECT_EQ(outcome.status, 3) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("corruption: the block "));
}

TEST_P(WorkloadTest, NeedsNothingButLibc) {
  std::istringstream lines(run_shell("ldd " + workload_path(GetParam().name)).output);
  for (std::string line; std::getline(lines, line);) {
    const bool allowed = line.find("linux-vdso") != std::string::npos ||
                         line.find("libc.so.6") != std::string::npos ||
                         line.find("/ld-linux") != std::string::npos;
    EXPECT_TRUE(allowed) << line;
  }
}

TEST_P(WorkloadTest, TheFloorDoesNotAllocate) {
  const Outcome outcome = run("--floor " + GetParam().small, corrupting_library());
  if (GetParam().has_floor) {
    ASSERT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_EQ(nlohmann::json::parse(outcome.output)["mode"], "floor");
  } else {
    EXPECT_EQ(outcome.status, 2) << outcome.output;
  }
}

TEST_P(WorkloadTest, RefusesWrongCommandLines) {
  for (const char* const wrong : {"seed=x", "nosuch=1", "--nosuch", "1 1 1 1 1 1 1 1 1 1", "=",
                                  "99999999999999999999999", "-1", "10Q"}) {
    const Outcome outcome = run(wrong);
    EXPECT_EQ(outcome.status, 2) << wrong << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(GetParam().name + ": ")) << wrong;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Workloads, WorkloadTest,
    ::testing::Values(
        Workload{"aligned", "iters=50k", true},
        Workload{"cache_scratch", "iters=10 reps=1k", false, "threads=8 iters=1M reps=100"},
        Workload{"cache_thrash", "iters=10 reps=1k", false, "threads=8 iters=1M reps=100"},
        Workload{"calloc_fresh", "cycles=20", true},
        Workload{"exchange_ring", "threads=4 iters=50k", false},
        Workload{"fifo_hot", "cycles=1k", true},
        Workload{"large_blocks", "cycles=2 max=1Mi live=16Mi", false},
        Workload{"larson", "seconds=1 threads=4 rounds=1", false},
        Workload{"lifo_sizes", "threads=4 iters=50k", false},
        Workload{"mid_large_mt", "threads=4 iters=10k", false},
        Workload{"mt_remote", "threads=4 iters=50k", false},
        Workload{"objects", "threads=4 iters=20k live=20k", false},
        Workload{"producer_consumer", "pairs=2 iters=50k", false},
        Workload{"random_mixed", "iters=200k", true},
        Workload{"realloc_growth", "cycles=1 count=500", true},
        Workload{"server_day", "load=1Mi spike=8Mi busy_ms=20 idle_ms=20", false,
                 "busy_ms=200 idle_ms=1"},
        Workload{"stress_phases", "scale=10 phases=3", false},
        Workload{"thread_churn", "iters=200", false}, Workload{"tiny_hot", "cycles=1k", true}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(RandomMixed, ASeedGivesTheSameRunAndCompatIsAnother) {
  const std::string path = workload_path("random_mixed");
  const auto operations = [&](const std::string& arguments) {
    return nlohmann::json::parse(run_shell(path + " " + arguments).output)["operations"];
  };
  EXPECT_EQ(operations("iters=100k"), 100'000);
  EXPECT_EQ(operations("--compat iters=100k"), 100'000);
  EXPECT_EQ(operations("--compat --floor 100k 400 1 16 1024"), 100'000);
}

TEST(MtRemote, ReportsTheRemoteShareItReallyHad) {
  const auto line = [](const std::string& arguments) {
    return nlohmann::json::parse(run_shell(workload_path("mt_remote") + " " + arguments).output);
  };
  EXPECT_EQ(line("iters=100k remote=0")["remote_share"], 0.0);
  EXPECT_NEAR(line("iters=100k remote=50").value("remote_share", 0.0), 0.5, 0.02);
  // A ring of one place is nearly always full: most blocks are freed at home and counted so.
  const nlohmann::json full = line("iters=100k remote=90 ring=1");
  EXPECT_GT(full["fallback_share"], 0.0);
  EXPECT_NEAR(full.value("fallback_share", 0.0) + full.value("remote_share", 0.0), 0.9, 0.02);
}

TEST(ServerDay, ReportsTheMemoryOfEachPhase) {
  const auto line = nlohmann::json::parse(
      run_shell("LD_PRELOAD=" + hakmem_library() + " " + workload_path("server_day") +
                " load=4Mi spike=64Mi spikes=2 busy_ms=200 idle_ms=50")
          .output);
  std::vector<std::string> names;
  for (const auto& phase : line["phases"]) names.push_back(phase["name"]);
  EXPECT_EQ(names, (std::vector<std::string>{"load", "idle", "spike", "idle", "spike", "idle"}));
  EXPECT_GE(line["phases"][2]["rss_bytes"], 64 << 20);
  EXPECT_LE(line["phases"][2]["rss_bytes"], line["peak_rss_bytes"]);
  EXPECT_LE(line["phases"][0]["rss_bytes"], 32 << 20);
}

TEST(After, IsReportedOnRequest) {
  const Outcome outcome = run_shell(workload_path("tiny_hot") + " --after cycles=10");
  EXPECT_GT(nlohmann::json::parse(outcome.output)["after_rss_bytes"], 0);
}

}  // namespace
}  // namespace hakmem::cli::testing
