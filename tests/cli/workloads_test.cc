// workloads_test.cc: every workload keeps its contract: libc only, one line of JSON, every byte
// verified, a floor that does not allocate, wrong command lines refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "workload_list.h"

namespace hakmem::cli::testing {
namespace {

using ::testing::HasSubstr;

class WorkloadTest : public ::testing::TestWithParam<Workload> {
 protected:
  static Outcome run(const std::string& arguments, const std::string& preload = "") {
    return run_workload(GetParam().name, arguments, preload.empty() ? "" : "LD_PRELOAD=" + preload);
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

TEST_P(WorkloadTest, NeedsNothingButLibc) {
  std::istringstream lines(run_shell("ldd " + workload_path(GetParam().name)).output);
  for (std::string line; std::getline(lines, line);) {
    const bool allowed = line.find("linux-vdso") != std::string::npos ||
                         line.find("libc.so.6") != std::string::npos ||
                         line.find("/ld-linux") != std::string::npos;
    EXPECT_TRUE(allowed) << line;
  }
}

TEST_P(WorkloadTest, HasAFloorIfItHasOneThread) {
  const Outcome outcome = run("--floor " + GetParam().small, corrupting_library());
  if (GetParam().has_one_thread) {
    ASSERT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_EQ(nlohmann::json::parse(outcome.output)["mode"], "floor");
  } else {
    EXPECT_EQ(outcome.status, 2) << outcome.output;
  }
}

TEST_P(WorkloadTest, DescribesItself) {
  const Outcome outcome = run("--describe");
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(outcome.output.find('\n'), outcome.output.size() - 1);
  const nlohmann::json description = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(description["workload"], GetParam().name);
  EXPECT_EQ(description["floor"], GetParam().has_one_thread);
  EXPECT_EQ(description["single_thread"], GetParam().has_one_thread);
  // What a run reports as its parameters is the same, where the arguments do not say otherwise.
  const auto line = nlohmann::json::parse(run(GetParam().small).output);
  std::set<std::string> given;
  std::istringstream words(GetParam().small);
  for (std::string word; words >> word;) given.insert(word.substr(0, word.find('=')));
  ASSERT_EQ(description["parameters"].size(), line["parameters"].size());
  for (const auto& [name, value] : line["parameters"].items()) {
    ASSERT_TRUE(description["parameters"].contains(name)) << name;
    if (given.contains(name)) continue;
    EXPECT_EQ(description["parameters"][name], value) << name;
  }
  EXPECT_EQ(run("--describe seed=x").status, 2);
  EXPECT_EQ(run("--describe nosuch=1").status, 2);
}

TEST_P(WorkloadTest, RefusesWrongCommandLines) {
  for (const char* const wrong : {"seed=x", "nosuch=1", "--nosuch", "1 1 1 1 1 1 1 1 1 1", "=",
                                  "99999999999999999999999", "-1", "10Q"}) {
    const Outcome outcome = run(wrong);
    EXPECT_EQ(outcome.status, 2) << wrong << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(GetParam().name + ": ")) << wrong;
  }
}

INSTANTIATE_TEST_SUITE_P(Workloads, WorkloadTest, ::testing::ValuesIn(all_workloads()),
                         name_of_test);

TEST(WorkloadList, HasEveryWorkloadThatIsBuilt) {
  std::string listed;
  for (const Workload& workload : all_workloads()) listed += workload.name + " ";
  EXPECT_EQ(listed, HAKMEM_WORKLOAD_NAMES " ");
}

// Parameters may be given by place, so their order is part of what a workload promises.
TEST(WorkloadParameters, StandInTheOrderAndWithTheDefaultsPromised) {
  const auto parameters = [](const std::string& name) {
    const std::string output = run_workload(name, "--describe").output;
    return nlohmann::ordered_json::parse(output)["parameters"].dump();
  };
  EXPECT_EQ(parameters("random_mixed"),
            R"({"iters":10000000,"ws":400,"seed":1,"min":16,"max":1024})");
  EXPECT_THAT(parameters("mid_large_mt"),
              ::testing::MatchesRegex(R"(\{"threads":2,"iters":.*,"ws":.*,"seed":1\})"));
  EXPECT_EQ(parameters("tiny_hot"), R"({"size":64,"batch":100,"cycles":100000})");
  EXPECT_EQ(parameters("fifo_hot"), parameters("tiny_hot"));
  EXPECT_EQ(parameters("mt_remote"),
            R"({"threads":2,"iters":2000000,"ws":400,"min":16,"max":2048,"remote":90,)"
            R"("ring":65536,"seed":1})");
  EXPECT_THAT(parameters("larson"),
              HasSubstr(R"({"seconds":2,"min":8,"max":1000,"slots":5000,"threads":2,)"));
  EXPECT_THAT(parameters("producer_consumer"),
              HasSubstr(R"({"pairs":1,"min":16,"max":1024,"batch":64,)"));
  EXPECT_THAT(parameters("exchange_ring"), HasSubstr(R"({"threads":2,"min":8,"max":9216,)"));
  EXPECT_THAT(parameters("lifo_sizes"), HasSubstr(R"({"threads":2,"min":16,"max":4096,)"));
  EXPECT_THAT(parameters("cache_scratch"),
              HasSubstr(R"({"threads":2,"iters":2000,"size":8,"reps":20000})"));
  EXPECT_EQ(parameters("cache_thrash"), parameters("cache_scratch"));
  EXPECT_THAT(parameters("stress_phases"), HasSubstr(R"({"threads":8,"scale":50,"phases":40,)"));
  EXPECT_THAT(parameters("objects"),
              HasSubstr(R"({"threads":2,"live":300000,"min":16,"max":4096,)"));
  EXPECT_THAT(parameters("large_blocks"),
              HasSubstr(R"({"min":65536,"max":33554432,"live":314572800,)"));
  EXPECT_THAT(parameters("realloc_growth"), HasSubstr(R"({"start":16,"step":48,"count":4000,)"));
  EXPECT_THAT(parameters("calloc_fresh"), HasSubstr(R"({"big":8388608,"min":16,"max":1024,)"));
  EXPECT_THAT(parameters("thread_churn"), HasSubstr(R"({"threads":4,"lifetime":200,)"));
  EXPECT_THAT(parameters("aligned"), HasSubstr(R"({"min_alignment":16,"max_alignment":2097152,)"));
}

TEST(RandomMixed, ASeedGivesTheSameRunAndCompatIsAnother) {
  const auto line = [](const std::string& arguments) {
    return nlohmann::json::parse(run_workload("random_mixed", arguments).output);
  };
  EXPECT_EQ(line("iters=100k")["operations"], 100'000);
  EXPECT_EQ(line("iters=100k")["live"], line("iters=100k")["live"]);
  EXPECT_NE(line("iters=100k seed=2")["live"], line("iters=100k")["live"]);
  EXPECT_EQ(line("--compat iters=100k")["operations"], 100'000);
  EXPECT_EQ(line("--compat --floor 100k 400 1 16 1024")["operations"], 100'000);
}

TEST(ServerDay, ReportsTheMemoryOverEachPhase) {
  const auto line = nlohmann::json::parse(
      run_workload("server_day", "load=4Mi spike=64Mi spikes=2 busy_ms=200 idle_ms=50",
                   "LD_PRELOAD=" + hakmem_library())
          .output);
  std::vector<std::string> names;
  for (const auto& phase : line["phases"]) {
    names.push_back(phase["name"]);
    ASSERT_EQ(phase["rss_over_time"].size(), 8U);
    EXPECT_EQ(phase["rss_over_time"].back(), phase["rss_bytes"]);
    for (const auto& rss_bytes : phase["rss_over_time"]) {
      EXPECT_GT(rss_bytes, 0);
      EXPECT_LE(rss_bytes, line["peak_rss_bytes"]);
    }
  }
  EXPECT_EQ(names, (std::vector<std::string>{"load", "idle", "spike", "idle", "spike", "idle"}));
  EXPECT_GE(line["phases"][2]["rss_bytes"], 64 << 20);
  EXPECT_LE(line["phases"][0]["rss_bytes"], 32 << 20);
}

TEST(After, IsReportedOnRequest) {
  const Outcome outcome = run_workload("tiny_hot", "--after cycles=10");
  EXPECT_GT(nlohmann::json::parse(outcome.output)["after_rss_bytes"], 0);
}

}  // namespace
}  // namespace hakmem::cli::testing
