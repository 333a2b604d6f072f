// soak_test.cc: what a long run says, what follows from it, and `hakmem soak` in short.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "command_line.h"
#include "measure/temporary_folder.h"
#include "soak/bounds.h"
#include "soak/epochs.h"
#include "user_error.h"

namespace hakmem::cli::testing {
namespace {

using ::testing::HasSubstr;

// An hour of epochs; `value` says what the epoch of a second has.
template <class Change>
std::vector<Epoch> hour_of_epochs(Change change) {
  std::vector<Epoch> epochs;
  for (int second = 0; second < 3600; ++second) {
    Epoch epoch;
    epoch.start = second;
    epoch.seconds = 1;
    epoch.operations = 1'000'000;
    epoch.rss_bytes = 10'000'000;
    change(second, epoch);
    epochs.push_back(epoch);
  }
  return epochs;
}

TEST(SoakSummary, AnEvenRunHasNoDriftAndNoVariation) {
  const auto summary = summarise_soak(hour_of_epochs([](int, Epoch&) {})).value();
  EXPECT_EQ(summary.throughput_median, 1e6);
  EXPECT_EQ(summary.throughput_cv, 0);
  EXPECT_EQ(summary.rss_drift, 0);
  EXPECT_EQ(summary.throughput_drift, 0);
  EXPECT_EQ(summary.slow_epochs, 1);
  EXPECT_FALSE(summary.floor_cv.has_value());
}

TEST(SoakSummary, ALeakIsSeenThroughWildEpochs) {
  const auto summary = summarise_soak(hour_of_epochs([](int second, Epoch& epoch) {
                         epoch.rss_bytes += static_cast<std::uint64_t>(second) * 100;
                         if (second % 20 == 0) epoch.rss_bytes = 1'000'000'000;
                       })).value();
  // 360,000 bytes in the hour, of ten million.
  EXPECT_NEAR(summary.rss_drift, 0.035, 0.002);
}

TEST(SoakSummary, TheWarmUpDoesNotCount) {
  const auto summary = summarise_soak(hour_of_epochs([](int second, Epoch& epoch) {
                         if (second < 300) epoch.operations = 1000;
                       })).value();
  EXPECT_EQ(summary.throughput_cv, 0);
}

TEST(SoakSummary, LatencyAndFloorAreNoThroughput) {
  const auto summary = summarise_soak(hour_of_epochs([](int second, Epoch& epoch) {
                         if (second % 2 == 0) return;
                         epoch.slice = second % 4 == 1 ? Slice::latency : Slice::floor;
                         epoch.operations = static_cast<std::uint64_t>(5'000'000 + second);
                       })).value();
  EXPECT_EQ(summary.throughput_median, 1e6);
  EXPECT_EQ(summary.throughput_cv, 0);
  EXPECT_GT(summary.floor_cv.value(), 0);
}

TEST(SoakSummary, SlowEpochsAreTheThousandth) {
  const auto summary = summarise_soak(hour_of_epochs([](int second, Epoch& epoch) {
                         if (second > 500 && second % 600 == 0) epoch.operations = 800'000;
                       })).value();
  EXPECT_NEAR(summary.slow_epochs, 0.8, 1e-9) << "5 of 3240";
}

TEST(SoakSummary, TooFewEpochsAreNone) {
  std::vector<Epoch> epochs = hour_of_epochs([](int, Epoch&) {});
  epochs.resize(4);
  EXPECT_FALSE(summarise_soak(epochs).has_value());
  EXPECT_FALSE(summarise_soak({}).has_value());
}

TEST(Bounds, EachIsMetOrNotByItsOwnFigure) {
  SoakSummary good;
  good.throughput_cv = 0.01;
  good.slow_epochs = 0.96;
  const auto unmet = [](const SoakSummary& summary, std::optional<double> calls) {
    std::vector<std::string> names;
    for (const SoakCheck& check : soak_checks(summary, calls)) {
      if (!check.met()) names.push_back(check.name);
    }
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(unmet(good, 1e-8), Names{});
  EXPECT_EQ(unmet(good, 2e-7), Names{"system calls per operation"});
  SoakSummary bad = good;
  bad.rss_drift = -0.01;
  EXPECT_EQ(unmet(bad, 0), Names{"RSS drift per hour"});
  bad = good;
  bad.throughput_cv = 0.02;
  EXPECT_EQ(unmet(bad, 0), Names{"throughput CV"});
  bad.floor_cv = 0.03;  // the machine does no better
  EXPECT_EQ(unmet(bad, 0), Names{});
  bad = good;
  bad.slow_epochs = 0.94;
  EXPECT_EQ(unmet(bad, 0), Names{"slow epochs"});
}

TEST(Latency, QuantilesAreTheUpperEndsOfBins) {
  Latency latency;
  latency.bins = {{10, 11, 90}, {20, 22, 0}, {40, 42, 9}, {1000, 1100, 1}};
  EXPECT_EQ(latency.samples(), 100U);
  EXPECT_EQ(latency.at(0.5), 11);
  EXPECT_EQ(latency.at(0.9), 11);
  EXPECT_EQ(latency.at(0.99), 42);
  EXPECT_EQ(latency.at(1), 1100);
}

TEST(ParseRun, ALineThatWasCutOffIsLeftOutAndAnyOtherRefused) {
  const std::string epoch =
      R"({"epoch":{"start":0.5,"slice":"floor","operations":4096,"seconds":1.5,"rss_bytes":8192,)"
      R"("minor_faults":1,"major_faults":2}})";
  const SoakRun run = parse_run(epoch + "\n" + epoch + "\n" + epoch.substr(0, 50));
  ASSERT_EQ(run.epochs.size(), 2U);
  EXPECT_EQ(run.epochs[1].slice, Slice::floor);
  EXPECT_NEAR(run.epochs[1].throughput(), 4096 / 1.5, 1e-9);
  EXPECT_THROW(parse_run("other\n" + epoch + "\n"), UserError);
  EXPECT_THROW(parse_run("{}\n"), UserError);
}

nlohmann::json soaked(const std::filesystem::path& file) {
  return nlohmann::json::parse(std::ifstream(file));
}

TEST(Soak, EverySecondIsAnEpochAndSlicesTakeTurns) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "soak.json";
  // Whether the bounds are met is the machine's affair in so short a run.
  const Outcome outcome =
      run_hakmem("soak --minutes 0.3 --slice-minutes 0.05 --allocator libc --out " + out);
  EXPECT_LE(outcome.status, 1) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("throughput CV"));
  const nlohmann::json result = soaked(out);
  EXPECT_EQ(result["kind"], "soak");
  const nlohmann::json& libc = result["allocators"][0];
  EXPECT_EQ(libc["verdict"], "ok");
  EXPECT_GE(libc["epochs"].size(), 12U);
  std::set<std::string> slices;
  for (const nlohmann::json& epoch : libc["epochs"]) {
    slices.insert(epoch["slice"]);
    EXPECT_GT(epoch["operations"], 0);
    EXPECT_GE(epoch["seconds"], 0.9);
    EXPECT_GT(epoch["rss_bytes"], 1 << 20);
  }
  EXPECT_EQ(slices, (std::set<std::string>{"floor", "latency", "subject"}));
  ASSERT_EQ(libc["latency"].size(), 2U);
  for (const nlohmann::json& latency : libc["latency"]) {
    EXPECT_GT(latency["samples"], 1000);
    EXPECT_GT(latency["clock_cost_ns"], 0);
    EXPECT_LE(latency["percentiles"]["p50"], latency["percentiles"]["p99"]);
    EXPECT_LE(latency["percentiles"]["p99"], latency["percentiles"]["max"]);
  }
  EXPECT_LT(libc["system_calls_per_operation"], 1e-4);
}

TEST(Soak, KeepsItsDataWhenInterrupted) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "soak.json";
  const Outcome outcome = run_shell("timeout -s INT 12 " + std::string(HAKMEM_COMMAND) +
                                    " soak --minutes 0.5 --no-floor --out " + out);
  const nlohmann::json result = soaked(out);
  EXPECT_EQ(result["interrupted"], true) << outcome.output;
  EXPECT_GE(result["allocators"][0]["epochs"].size(), 2U);
  EXPECT_EQ(result["allocators"][0]["latency"].size(), 2U) << "it was asked to end, not killed";
}

TEST(Soak, RefusesWrongCommandLines) {
  for (const char* const wrong : {"--minutes 0", "--allocator nosuch", "--out /no/such/file",
                                  "--slice-minutes x", "--pin x"}) {
    EXPECT_EQ(run_hakmem(std::string("soak ") + wrong).status, 2) << wrong;
  }
}

TEST(Soak, AFailingAllocatorIsARow) {
  const Outcome outcome = run_hakmem("soak --minutes 0.2 --allocator bad=" + corrupting_library());
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("bad: NOT passed"));
  EXPECT_THAT(outcome.output, HasSubstr("corrupt"));
}

}  // namespace
}  // namespace hakmem::cli::testing
