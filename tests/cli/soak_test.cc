// soak_test.cc: what a long run says, what follows from it, and `hakmem soak` in short.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "command_line.h"
#include "file_text.h"
#include "measure/temporary_folder.h"
#include "soak/bounds.h"
#include "soak/epoch_log.h"
#include "soak/epochs.h"
#include "soak/slope.h"
#include "soak/soak_report.h"
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

// All pairs of so many points would be five thousand million slopes.
TEST(SoakSummary, ALeakIsSeenInADayOfEpochs) {
  std::vector<Epoch> epochs(100'000);
  for (std::size_t second = 0; second < epochs.size(); ++second) {
    epochs[second].start = static_cast<double>(second);
    epochs[second].seconds = 1;
    epochs[second].operations = 1'000'000;
    epochs[second].rss_bytes = second % 20 == 0 ? 1'000'000'000 : 10'000'000 + second;
  }
  const auto summary = summarise_soak(epochs).value();
  // 3,600 bytes an hour; the median is 10,055,000.
  EXPECT_NEAR(summary.rss_drift, 3600.0 / 10'055'000, 1e-6);
  EXPECT_EQ(summary.throughput_drift, 0);
}

TEST(Slope, ManyPointsAreThinnedToMediansAndFewStayAsTheyAre) {
  std::vector<TimedFigure> points;
  for (int i = 0; i < 512; ++i) points.push_back({i / 10.0, i % 7 == 0 ? 900.0 : 3.0 * i});
  const std::vector<TimedFigure> same = thinned(points);
  ASSERT_EQ(same.size(), points.size());
  EXPECT_EQ(same[7].value, 900);
  for (int i = 512; i < 5120; ++i) points.push_back({i / 10.0, i % 7 == 0 ? 9e9 : 3.0 * i});
  const std::vector<TimedFigure> few = thinned(points);
  ASSERT_EQ(few.size(), 512U);
  EXPECT_LT(few.back().value, 3 * 5120) << "wild points do not reach the medians";
  EXPECT_NEAR(slope_per_hour(points), 30, 0.1);
}

TEST(Slope, PointsOfOneTimeHaveNone) {
  EXPECT_EQ(slope_per_hour({}), 0);
  EXPECT_EQ(slope_per_hour({{1, 5}, {1, 9}}), 0);
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

TEST(SoakSummary, PercentilesAreWhatSoManyEpochsReach) {
  // After the warm-up each throughput from 360,000 to 3,599,000 is there once.
  const auto summary = summarise_soak(hour_of_epochs([](int second, Epoch& epoch) {
                         epoch.operations = static_cast<std::uint64_t>(second) * 1000;
                       })).value();
  EXPECT_EQ(summary.percentiles.p50, 1'979'500);
  EXPECT_EQ(summary.percentiles.p10, 684'000);
  EXPECT_EQ(summary.percentiles.p1, 392'000);
  EXPECT_EQ(summary.percentiles.p0_1, 363'000);
  EXPECT_EQ(summary.percentiles.least, 360'000);
  EXPECT_EQ(summary.slow_epochs, 363'000 / 1'979'500.0);
}

TEST(SoakSummary, FaultsAreOfAllSlicesAfterTheWarmUp) {
  const auto summary = summarise_soak(hour_of_epochs([](int second, Epoch& epoch) {
                         if (second % 4 == 1) epoch.slice = Slice::latency;
                         epoch.minor_faults = second < 360 ? 1000 : 3;
                         epoch.major_faults = second == 10 || second == 1001 ? 1 : 0;
                       })).value();
  EXPECT_EQ(summary.minor_faults_per_second, 3);
  EXPECT_EQ(summary.major_faults, 1U);
}

TEST(SoakSummary, TooFewEpochsAreNone) {
  std::vector<Epoch> epochs = hour_of_epochs([](int, Epoch&) {});
  epochs.resize(4);
  EXPECT_FALSE(summarise_soak(epochs).has_value());
  EXPECT_FALSE(summarise_soak({}).has_value());
}

SoakFigures good_figures() { return {0.0001, 0.01, std::nullopt, 0.96, 1e-8}; }

// The checks that are not met, each with what it says instead.
std::vector<std::string> unmet(const SoakFigures& figures) {
  std::vector<std::string> says;
  for (const SoakCheck& check : soak_checks(figures)) {
    if (check.standing == Standing::met) continue;
    says.push_back(std::string(check.bound.name) + ": " + standing_text(check.standing));
  }
  return says;
}

TEST(Bounds, EachIsMetOrNotByItsOwnFigure) {
  using Says = std::vector<std::string>;
  EXPECT_EQ(unmet(good_figures()), Says{});
  SoakFigures bad = good_figures();
  bad.system_calls_per_operation = 2e-7;
  EXPECT_EQ(unmet(bad), Says{"system calls per operation: not met"});
  bad = good_figures();
  bad.rss_drift = -0.01;
  EXPECT_EQ(unmet(bad), Says{"RSS drift per hour: not met"}) << "0 % is not less, either";
  bad = good_figures();
  bad.throughput_cv = 0.02;
  EXPECT_EQ(unmet(bad), Says{"throughput CV: not met"});
  bad.floor_cv = 0.015;
  EXPECT_EQ(unmet(bad), Says{"throughput CV: not met"});
  bad = good_figures();
  bad.slow_epochs = 0.94;
  EXPECT_EQ(unmet(bad), Says{"slow epochs: not met"});
}

TEST(Bounds, WhereTheMachineVariesAHigherVariationIsUndecided) {
  SoakFigures figures = good_figures();
  figures.floor_cv = 0.02;
  EXPECT_EQ(unmet(figures), std::vector<std::string>{}) << "it varies less than the floor";
  figures.throughput_cv = 0.03;
  EXPECT_EQ(unmet(figures), std::vector<std::string>{"throughput CV: undecided"});
}

TEST(Bounds, WhatWasNotCountedIsNotMet) {
  SoakFigures figures = good_figures();
  figures.system_calls_per_operation = std::nullopt;
  EXPECT_EQ(unmet(figures), std::vector<std::string>{"system calls per operation: not counted"});
}

Soaked soaked_for_an_hour(std::optional<double> system_calls_per_operation) {
  SoakOutcome outcome;
  outcome.run.epochs = hour_of_epochs([](int, Epoch&) {});
  outcome.system_calls_per_operation = system_calls_per_operation;
  if (!system_calls_per_operation) outcome.not_counted = "no strace";
  return judge_soak({}, std::move(outcome));
}

TEST(SoakReport, ACheckThatWasNotMadeIsNotPassed) {
  EXPECT_TRUE(soaked_for_an_hour(1e-8).passed());
  EXPECT_THAT(soak_text({soaked_for_an_hour(1e-8)}), HasSubstr(": passed"));
  const Soaked without = soaked_for_an_hour(std::nullopt);
  EXPECT_FALSE(without.passed());
  EXPECT_THAT(soak_text({without}), HasSubstr(": UNDECIDED"));
  EXPECT_THAT(soak_text({without}), HasSubstr("system calls: not counted: no strace"));
  EXPECT_THAT(soak_text({soaked_for_an_hour(1e-6)}), HasSubstr(": NOT passed"));
  const auto json = soak_json({}, {without})["allocators"][0];
  EXPECT_EQ(json["passed"], false);
  EXPECT_EQ(json["checks"][3]["says"], "not counted");
  EXPECT_EQ(json["checks"][3]["met"], false);
  EXPECT_TRUE(json["checks"][3]["figure"].is_null());
  EXPECT_EQ(json["system_calls_not_counted"], "no strace");
}

TEST(EpochLog, HoldsWhatCameUntilTheResultIsThere) {
  const TemporaryFolder folder;
  const std::filesystem::path result = folder.path() / "soak.json";
  EpochLog log(result);
  log.begin("one");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "what failed before may be repeated";
  EXPECT_NO_THROW(EpochLog{result});
  log.append("{\"epoch\":1}\n{\"epo");
  log.begin("two");
  log.append("{\"epoch\":2}\n");
  EXPECT_EQ(text_of(folder.path() / "soak.json.epochs"),
            "{\"allocator\":\"one\"}\n{\"epoch\":1}\n{\"epo\n{\"allocator\":\"two\"}\n"
            "{\"epoch\":2}\n");
  EXPECT_EQ(log.failure(), "");
  EXPECT_THROW(EpochLog{result}, UserError) << "nothing else holds what is in it";
  log.remove();
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_NO_THROW(EpochLog{result});
}

TEST(EpochLog, IsNotInheritedByWhatIsMeasured) {
  const TemporaryFolder folder;
  EpochLog log(folder.path() / "soak.json");
  log.append("{}\n");
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(entry.path(), error);
    if (target != folder.path() / "soak.json.epochs") continue;
    ++found;
    EXPECT_NE(::fcntl(std::stoi(entry.path().filename()), F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(found, 1);
}

TEST(EpochLog, OneThatHoldsNothingIsNoObstacle) {
  const TemporaryFolder folder;
  const std::filesystem::path result = folder.path() / "soak.json";
  std::ofstream(folder.path() / "soak.json.epochs").flush();
  EXPECT_NO_THROW(EpochLog{result});
  std::ofstream(folder.path() / "soak.json.epochs") << "{}\n";
  EXPECT_THROW(EpochLog{result}, UserError);
}

TEST(EpochLog, WhatCannotBeWrittenIsSaidOnceAndEndsNothing) {
  const TemporaryFolder folder;
  EpochLog log(folder.path() / "soak.json");
  log.append("{}\n");
  // As a full disk does: nothing more goes into any file.
  rlimit before = {};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit none = {3, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &none);
  log.append("{}\n");
  const std::string failure = log.failure();
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  log.append("{}\n");
  EXPECT_THAT(failure, HasSubstr("soak.json.epochs: "));
  EXPECT_EQ(log.failure(), failure);
  EXPECT_EQ(text_of(folder.path() / "soak.json.epochs"), "{}\n");
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

TEST(Soak, EverySecondIsKeptWhenItIsKilled) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "soak.json";
  const Outcome outcome = run_shell("timeout -s KILL 14 " + std::string(HAKMEM_COMMAND) +
                                    " soak --minutes 0.5 --no-floor --allocator libc --out " + out);
  EXPECT_EQ(outcome.status, 137) << outcome.output;
  EXPECT_FALSE(std::filesystem::exists(out));
  std::ifstream log(out + ".epochs");
  std::string line;
  ASSERT_TRUE(std::getline(log, line));
  EXPECT_EQ(line, R"({"allocator":"libc"})");
  const SoakRun run = parse_run({std::istreambuf_iterator<char>(log), {}});
  EXPECT_GE(run.epochs.size(), 2U);
}

TEST(Soak, WithoutStraceItRunsAndSaysSo) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "soak.json";
  const Outcome outcome = run_shell("PATH=/nonexistent " + std::string(HAKMEM_COMMAND) +
                                    " soak --minutes 0.2 --no-floor --allocator libc --out " + out);
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("system calls: not counted"));
  EXPECT_THAT(outcome.output, HasSubstr("Debian package strace"));
  const nlohmann::json libc = soaked(out)["allocators"][0];
  EXPECT_EQ(libc["verdict"], "ok");
  EXPECT_GE(libc["epochs"].size(), 8U);
  EXPECT_EQ(libc["passed"], false);
  EXPECT_FALSE(std::filesystem::exists(out + ".epochs")) << "the result holds it";
}

TEST(Soak, KeepsItsDataWhenInterrupted) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "soak.json";
  const Outcome outcome = run_shell("timeout -s INT 14 " + std::string(HAKMEM_COMMAND) +
                                    " soak --minutes 0.5 --no-floor --out " + out);
  const nlohmann::json result = soaked(out);
  EXPECT_EQ(result["interrupted"], true) << outcome.output;
  EXPECT_GE(result["allocators"][0]["epochs"].size(), 2U);
  EXPECT_EQ(result["allocators"][0]["latency"].size(), 2U) << "it was asked to end, not killed";
}

TEST(Soak, RefusesWrongCommandLines) {
  for (const char* const wrong : {"--minutes 0", "--minutes 1441", "--allocator nosuch",
                                  "--out /no/such/file", "--slice-minutes x", "--pin x"}) {
    EXPECT_EQ(run_hakmem(std::string("soak ") + wrong).status, 2) << wrong;
  }
}

TEST(Soak, ItsWorkloadIsNoRowOfAComparison) {
  const Outcome outcome = run_hakmem("compare --workload soak");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.output, HasSubstr("soak: no such workload"));
}

TEST(Soak, AFailingAllocatorIsARow) {
  const Outcome outcome = run_hakmem("soak --minutes 0.2 --allocator bad=" + corrupting_library());
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("bad: NOT passed"));
  EXPECT_THAT(outcome.output, HasSubstr("corrupt: in a trial of one second: "));
}

// Not when the hour is over; and without strace there is no other run before it.
TEST(Soak, WhatIsNoAllocatorIsKnownBeforeItBegins) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "soak.json";
  const Outcome outcome = run_shell("PATH=/nonexistent " + std::string(HAKMEM_COMMAND) +
                                    " soak --minutes 1000 --allocator none=" HAKMEM_EMPTY_LIBRARY
                                    " crash=" HAKMEM_CRASHING_LIBRARY " --out " +
                                    out);
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("wrong allocator: in a trial of one second: "));
  EXPECT_THAT(outcome.output, HasSubstr("crashed: in a trial of one second: "));
  const nlohmann::json result = soaked(out);
  ASSERT_EQ(result["allocators"].size(), 2U);
  EXPECT_TRUE(result["allocators"][0]["epochs"].empty());
  EXPECT_FALSE(std::filesystem::exists(out + ".epochs"));
}

TEST(Soak, InterruptedBeforeItBeginsItDoesNotBegin) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "soak.json";
  const std::filesystem::path strace = folder.path() / "strace";
  std::ofstream(strace) << "#!/bin/sh\n" << interrupt_command << "\nsleep 60\n";
  std::filesystem::permissions(strace, std::filesystem::perms::owner_all);
  const Outcome outcome =
      run_shell("PATH=" + folder.path().string() + ":$PATH " + std::string(HAKMEM_COMMAND) +
                " soak --minutes 1000 --allocator libc --out " + out);
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("not started: interrupted before the first second"));
  const nlohmann::json result = soaked(out);
  EXPECT_EQ(result["interrupted"], true);
  EXPECT_TRUE(result["allocators"][0]["epochs"].empty());
  EXPECT_EQ(result["allocators"][0]["system_calls_not_counted"], "interrupted");
}

}  // namespace
}  // namespace hakmem::cli::testing
