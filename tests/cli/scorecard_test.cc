// scorecard_test.cc: each target by documents made up to reach it, to miss it, and to leave it
// open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "command_line.h"
#include "measure/temporary_folder.h"
#include "result/result_file.h"
#include "scorecard/markdown.h"
#include "scorecard/targets.h"
#include "user_error.h"

namespace hakmem::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;

Json ratio(double median, double half_width = 0.001) {
  return {{"median", median},
          {"low", median - half_width},
          {"high", median + half_width},
          {"rounds", 15}};
}

Json cell(const std::string& allocator, double cost, double peak, double after) {
  return {{"allocator", allocator},
          {"failures", 0},
          {"cost_ratio", ratio(cost)},
          {"peak_rss_ratio", ratio(peak)},
          {"net_after_rss_ratio", ratio(after)}};
}

// Ratios of hakmem to mimalloc3, the base; the others are leaner than that by a quarter.
Json row(const std::string& name, double cost = 0.8, double peak = 0.4, double after = 0.3) {
  const std::string program = name.substr(0, name.find(':'));
  Json command = {"/libexec/" + program};
  std::istringstream arguments(program == name ? "" : name.substr(program.size() + 1));
  for (std::string word; std::getline(arguments, word, ',');) command.push_back(word);
  Json best = ratio(cost);
  best.update({{"peer", "mimalloc3"}, {"limit", 0.015}, {"decided", true}, {"net", ratio(0.7)}});
  return {{"name", name},
          {"kind", "workload"},
          {"command", command},
          {"threads", 1},
          {"cells",
           {cell("hakmem", cost, peak, after), cell("mimalloc3", 1, 1, 1),
            cell("snmalloc", 1.1, 0.75, 0.75), cell("rpmalloc2", 1.2, 0.8, 0.8),
            cell("jemalloc", 1.3, 0.9, 0.9)}},
          {"against_best", best}};
}

Json threaded_row(const std::string& name, double cost) {
  Json made = row(name, cost);
  made["threads"] = 2;
  return made;
}

Json program_row(const std::string& name, double peak) {
  Json made = row(name, 0.9, peak);
  made["kind"] = "program";
  return made;
}

NamedResult comparison(const std::vector<Json>& rows) {
  return {"results/full.json",
          {{"schema", result_schema}, {"kind", "compare"}, {"own", "hakmem"}, {"rows", rows}}};
}

NamedResult counts(double malloc_instructions, double net_of_own) {
  const auto workload = [](double net) {
    return Json{{"name", "tiny_hot"},
                {"instructions_per_operation", 20 + net},
                {"floor_instructions_per_operation", 20}};
  };
  const auto call = [](const char* name, std::size_t bytes, double instructions) {
    return Json{{"call", name}, {"bytes", bytes}, {"instructions", instructions}};
  };
  return {
      "counts.json",
      {{"kind", "counts"},
       {"allocators",
        {{{"name", "hakmem"},
          {"calls",
           {call("malloc", 16, 15), call("free", 16, 14), call("malloc", 64, malloc_instructions),
            call("free", 64, 15), call("malloc", 65536, 900), call("free", 65536, 900)}},
          {"workloads", {workload(net_of_own)}}},
         {{"name", "mimalloc3"}, {"calls", Json::array()}, {"workloads", {workload(10)}}}}}}};
}

NamedResult soak(const Json& summary, double minutes = 60) {
  return {"soak.json",
          {{"kind", "soak"},
           {"workload", {{"name", "soak"}, {"parameters", {"ws=400", "min=16"}}}},
           {"allocators",
            {{{"name", "hakmem"},
              {"epochs", {{{"start", minutes * 60 - 1}, {"seconds", 1}}}},
              {"system_calls_per_operation", 2e-8},
              {"summary", summary}}}}}};
}

Json good_summary() {
  return {
      {"rss_drift", 0.0001}, {"throughput_cv", 0.01}, {"floor_cv", 0.008}, {"slow_epochs", 0.97}};
}

std::vector<TargetGroup> judge(const std::vector<NamedResult>& results,
                               const NamedPeers& peers = {}) {
  return judge_targets(collect_evidence(results, "hakmem"), peers);
}

// Returns the finding whose target begins so.
Finding finding(const std::vector<TargetGroup>& groups, const std::string& target) {
  for (const TargetGroup& group : groups) {
    for (const Finding& candidate : group.findings) {
      if (candidate.target.starts_with(target)) return candidate;
    }
  }
  throw std::runtime_error("no target " + target);
}

Finding judged(const std::string& target, const std::vector<Json>& rows) {
  return finding(judge({comparison(rows)}), target);
}

constexpr const char* net_cost = "Net cost";
constexpr const char* wall = "Time against";
constexpr const char* throughput = "Throughput relative";
constexpr const char* threads = "Upper end";
constexpr const char* threads_mean = "Geometric mean";
constexpr const char* programs_peak = "Peak of programs, relative to mimalloc3";
constexpr const char* workloads_peak = "Peak of workloads, relative to mimalloc3";
constexpr const char* workloads_leanest = "Peak of workloads, relative to the leanest";
constexpr const char* after_work = "After work";
constexpr const char* pair = "malloc + free";

TEST(Scorecard, WithoutEvidenceEveryTargetNamesWhatIsMissing) {
  std::size_t targets = 0;
  for (const TargetGroup& group : judge({})) {
    for (const Finding& found : group.findings) {
      ++targets;
      EXPECT_EQ(found.says, Says::no_data) << found.target;
      EXPECT_THAT(found.decided_by, HasSubstr("no ")) << found.target;
      EXPECT_EQ(found.figure, "");
      EXPECT_EQ(found.source, "");
    }
  }
  EXPECT_EQ(targets, 15U);
}

TEST(Scorecard, NetCostIsOfEveryRowAndTheWorstDecides) {
  Json bad = row("tiny_hot:size=16");
  bad["against_best"]["net"] = ratio(0.86, 0.004);
  const Finding missed = judged(net_cost, {row("random_mixed:ws=400"), bad, row("fifo_hot")});
  EXPECT_EQ(missed.says, Says::not_met);
  EXPECT_EQ(missed.figure, "0.860 ±0.004 of mimalloc3");
  EXPECT_EQ(missed.decided_by, "tiny_hot:size=16 (of 3: 2 met, 1 not met)");
  EXPECT_EQ(missed.source, "full.json");
  EXPECT_EQ(judged(net_cost, {row("random_mixed"), row("fifo_hot")}).says, Says::met);
  EXPECT_EQ(judged(net_cost, {row("objects"), row("larson")}).says, Says::no_data);
}

TEST(Scorecard, UndecidedCountsAsNotMetAndIsShown) {
  Json open = row("tiny_hot");
  open["against_best"]["decided"] = false;
  EXPECT_EQ(judged(net_cost, {open, row("fifo_hot")}).says, Says::undecided);
  open["against_best"]["net"] = nullptr;
  EXPECT_EQ(judged(net_cost, {open}).says, Says::no_data);
  Json few = row("tiny_hot");
  few.erase("against_best");
  const Finding early = judged(net_cost, {few});
  EXPECT_EQ(early.says, Says::undecided);
  EXPECT_EQ(early.figure, "too few rounds");
}

TEST(Scorecard, ARowThatFailedMissesItsTargets) {
  Json failed = row("random_mixed:ws=400");
  failed["cells"][0]["failures"] = 2;
  failed["cells"][0]["failure"] = "crashed: signal 11";
  failed.erase("against_best");
  for (const char* const target : {net_cost, wall, throughput, workloads_peak, after_work}) {
    const Finding missed = judged(target, {failed, row("random_mixed:ws=8192")});
    EXPECT_EQ(missed.says, Says::not_met) << target;
    EXPECT_EQ(missed.figure, "FAILED: crashed: signal 11") << target;
    EXPECT_THAT(missed.decided_by, HasSubstr("random_mixed:ws=400")) << target;
  }
}

TEST(Scorecard, BelowResolutionExactCountsDecide) {
  Json below = row("tiny_hot");
  below["against_best"]["below_resolution"] = true;
  below["against_best"]["decided"] = false;
  const auto with = [&](const std::vector<NamedResult>& more) {
    std::vector<NamedResult> results = {comparison({below})};
    results.insert(results.end(), more.begin(), more.end());
    return finding(judge(results), net_cost);
  };
  EXPECT_EQ(with({counts(15, 8.4)}).says, Says::met);
  EXPECT_EQ(with({counts(15, 8.4)}).figure, "0.840 of mimalloc3, instructions");
  EXPECT_EQ(with({counts(15, 8.6)}).says, Says::not_met);
  EXPECT_EQ(with({}).says, Says::no_data);
  EXPECT_THAT(with({}).figure, HasSubstr("no counts of tiny_hot under hakmem and mimalloc3"));
}

TEST(Scorecard, WallIsOfMixedAlone) {
  EXPECT_EQ(judged(wall, {row("random_mixed:ws=400", 0.97)}).says, Says::met);
  EXPECT_EQ(judged(wall, {row("random_mixed", 0.971)}).says, Says::not_met);
  EXPECT_EQ(judged(wall, {row("random_mixed:min=16,max=1024", 0.9)}).says, Says::met);
  const std::vector<Json> others = {row("random_mixed:min=257,max=768", 2),
                                    row("random_mixed:min=16,max=65536", 2),
                                    row("random_mixed:--compat", 2), row("tiny_hot", 2)};
  EXPECT_EQ(judged(wall, others).says, Says::no_data);
}

TEST(Scorecard, ThroughputIsTheInverseOfTime) {
  const Finding reached = judged(throughput, {row("random_mixed", 0.8)});
  EXPECT_EQ(reached.says, Says::met);
  EXPECT_EQ(reached.figure, "1.250");
  EXPECT_EQ(judged(throughput, {row("random_mixed", 0.96)}).says, Says::not_met);
  Json open = row("random_mixed", 0.8);
  open["cells"][0]["cost_ratio"] = ratio(0.8, 0.02);
  EXPECT_EQ(judged(throughput, {open}).says, Says::undecided);
  const auto other = judge({comparison({row("random_mixed", 0.8)})}, {"mimalloc", {}});
  EXPECT_EQ(finding(other, throughput).says, Says::no_data);
  EXPECT_EQ(finding(other, throughput).figure, "mimalloc: not measured");
}

TEST(Scorecard, ThreadsAreJudgedByTheUpperEnd) {
  Json wide = threaded_row("larson", 1.015);
  wide["against_best"].update(ratio(1.015, 0.006));
  const Finding missed = judged(threads, {threaded_row("mt_remote:threads=2", 0.8), wide});
  EXPECT_EQ(missed.says, Says::not_met);
  EXPECT_EQ(missed.figure, "1.021 of mimalloc3");
  EXPECT_EQ(judged(threads, {threaded_row("larson", 1.015)}).says, Says::met);
  EXPECT_EQ(judged(threads, {row("larson", 1.5)}).says, Says::no_data) << "one thread";
  EXPECT_EQ(judged(threads, {row("mt_remote:threads=1", 1.5)}).says, Says::not_met);
}

TEST(Scorecard, TheMeanOverThreadsIsGeometric) {
  const Finding reached =
      judged(threads_mean, {threaded_row("larson", 0.5), threaded_row("mt_remote", 1.8)});
  EXPECT_EQ(reached.says, Says::met);
  EXPECT_EQ(reached.figure, "0.949");
  EXPECT_EQ(judged(threads_mean, {threaded_row("larson", 0.96)}).says, Says::not_met);
  Json open = threaded_row("larson", 0.5);
  open["against_best"]["decided"] = false;
  const Finding undecided = judged(threads_mean, {open, threaded_row("mt_remote", 1)});
  EXPECT_EQ(undecided.says, Says::undecided);
  EXPECT_EQ(undecided.decided_by, "2 rows, 1 of them undecided");
}

TEST(Scorecard, MemoryIsAMeanRelativeToOneAllocator) {
  const Finding reached = judged(workloads_peak, {row("larson", 1, 0.3), row("objects", 1, 0.6)});
  EXPECT_EQ(reached.says, Says::met);
  EXPECT_THAT(reached.figure, HasSubstr("0.424 (0.423 to 0.425) of mimalloc3"));
  EXPECT_EQ(reached.decided_by, "geometric mean over 2 rows of workloads");
  EXPECT_EQ(judged(workloads_peak, {row("larson", 1, 0.49)}).says, Says::not_met);
  EXPECT_EQ(judged(workloads_peak, {row("larson", 1, 0.4805)}).says, Says::undecided);
  EXPECT_EQ(judged(programs_peak, {row("larson", 1, 0.3)}).says, Says::no_data);
  EXPECT_EQ(judged(programs_peak, {row("larson", 1, 3), program_row("redis", 0.77)}).says,
            Says::met);
}

TEST(Scorecard, TheBaseOfTheRatiosDoesNotMatter) {
  Json other_base = row("larson");
  for (Json& one : other_base["cells"]) {
    for (const char* const end : {"median", "low", "high"}) {
      one["peak_rss_ratio"][end] = one["peak_rss_ratio"][end].get<double>() * 2;
    }
  }
  const Finding same = judged(workloads_peak, {row("larson")});
  EXPECT_EQ(judged(workloads_peak, {other_base}).figure, same.figure);
}

TEST(Scorecard, TheLeanestPeerIsTheBar) {
  // snmalloc is at 0.75.
  EXPECT_EQ(judged(workloads_leanest, {row("larson", 1, 0.7)}).says, Says::met);
  const Finding missed = judged(workloads_leanest, {row("larson", 1, 0.72)});
  EXPECT_EQ(missed.says, Says::not_met);
  EXPECT_THAT(missed.figure, HasSubstr("0.960"));
  EXPECT_THAT(missed.figure, HasSubstr("of snmalloc"));
}

TEST(Scorecard, APeerThatWasNotMeasuredLeavesOpenWhatIsNotMissedAlready) {
  Json without = row("larson", 1, 0.7);
  without["cells"].erase(3);  // rpmalloc2
  const Finding open = judged(workloads_leanest, {without});
  EXPECT_EQ(open.says, Says::no_data);
  EXPECT_THAT(open.decided_by, HasSubstr("rpmalloc2 not measured"));
  without["cells"][0]["peak_rss_ratio"] = ratio(0.9);
  EXPECT_EQ(judged(workloads_leanest, {without}).says, Says::not_met);
  without["cells"].erase(1);  // mimalloc3
  EXPECT_EQ(judged(workloads_peak, {without}).says, Says::no_data);
}

TEST(Scorecard, ARowThatFailedUnderAPeerIsLeftOutOfItsMean) {
  Json failed = row("objects", 1, 0.9);
  failed["cells"][1]["failures"] = 1;
  const Finding reached = judged(workloads_peak, {row("larson", 1, 0.4), failed});
  EXPECT_EQ(reached.says, Says::met);
  EXPECT_EQ(reached.decided_by,
            "geometric mean over 1 row of workloads, without 1 that failed under mimalloc3");
}

TEST(Scorecard, MemoryAfterWorkIsNet) {
  EXPECT_EQ(judged(after_work, {row("larson", 1, 1, 0.36)}).says, Says::met);
  EXPECT_EQ(judged(after_work, {row("larson", 1, 1, 0.39)}).says, Says::not_met);
}

TEST(Scorecard, APairOfCallsIsThatOfSmallBlocks) {
  const Finding reached = finding(judge({counts(17, 1)}), pair);
  EXPECT_EQ(reached.says, Says::met);
  EXPECT_EQ(reached.figure, "32");
  EXPECT_EQ(reached.decided_by, "64 bytes (of 2: 2 met)");
  EXPECT_EQ(reached.source, "counts.json");
  EXPECT_EQ(finding(judge({counts(18, 1)}), pair).says, Says::not_met);
}

Finding soaked(const std::string& target, const char* member, const Json& value,
               double minutes = 60) {
  Json summary = good_summary();
  summary[member] = value;
  return finding(judge({soak(summary, minutes)}), target);
}

TEST(Scorecard, AnHourOfMixed) {
  EXPECT_EQ(soaked("RSS drift", "rss_drift", 0.004).says, Says::met);
  EXPECT_EQ(soaked("RSS drift", "rss_drift", 0.006).says, Says::not_met);
  EXPECT_EQ(soaked("CV", "throughput_cv", 0.0151).says, Says::not_met);
  EXPECT_EQ(soaked("Slowest", "slow_epochs", 0.95).says, Says::met);
  EXPECT_EQ(soaked("Slowest", "slow_epochs", 0.949).says, Says::not_met);
  EXPECT_EQ(soaked("System calls", "rss_drift", 0).says, Says::met);
  EXPECT_EQ(soaked("Slowest", "slow_epochs", nullptr).says, Says::no_data);
}

TEST(Scorecard, WhereTheFloorVariesNothingIsSaidOfThroughput) {
  Json summary = good_summary();
  summary["throughput_cv"] = 0.03;
  summary["floor_cv"] = 0.02;
  const Finding open = finding(judge({soak(summary)}), "CV");
  EXPECT_EQ(open.says, Says::undecided);
  EXPECT_EQ(open.figure, "3.00 %, the floor's 2.00 %");
}

TEST(Scorecard, AShortSoakMeetsNothing) {
  EXPECT_EQ(soaked("RSS drift", "rss_drift", 0, 5).says, Says::undecided);
  EXPECT_EQ(soaked("RSS drift", "rss_drift", 0.1, 5).says, Says::not_met);
  EXPECT_EQ(soaked("RSS drift", "rss_drift", 0, 5).decided_by, "5 minutes");
}

TEST(Scorecard, ASoakMayBeDescribedByItsParameters) {
  NamedResult result = soak(good_summary());
  const auto says = [&result](const Json& workload) {
    result.document["workload"] = workload;
    return finding(judge({result}), "RSS drift").says;
  };
  EXPECT_EQ(says({{"name", "random_mixed"}, {"parameters", {{"ws", 400}}}}), Says::met);
  EXPECT_EQ(says({{"name", "random_mixed"}, {"parameters", {{"max", 32768}}}}), Says::no_data);
  EXPECT_EQ(says({{"name", "soak"}, {"parameters", {"max=32768"}}}), Says::no_data);
  EXPECT_EQ(says({{"name", "larson"}, {"parameters", Json::object()}}), Says::no_data);
}

TEST(Scorecard, ASoakThatFailedMeetsNothing) {
  NamedResult result = soak(good_summary());
  Json& own = result.document["allocators"][0];
  own["verdict"] = "crashed";
  own["detail"] = "signal 11";
  own.erase("summary");
  const Finding missed = finding(judge({result}), "Slowest");
  EXPECT_EQ(missed.says, Says::not_met);
  EXPECT_EQ(missed.figure, "FAILED: crashed: signal 11");
}

TEST(Scorecard, ThePageCountsAndNamesItsFiles) {
  std::vector<NamedResult> results = {comparison({row("random_mixed:ws=400")}),
                                      soak(good_summary())};
  results[0].document["rows"][0]["name"] = "a|b<c";
  results[0].document["interrupted"] = true;
  results.push_back({"health.json", {{"kind", "health"}}});
  const std::string page = scorecard_page(judge(results), results);
  EXPECT_THAT(page, HasSubstr("**10 of 15 targets met**, 0 not met, 0 undecided, 5 without data."));
  EXPECT_THAT(page, HasSubstr("| full.json | compare |"));
  EXPECT_THAT(page, HasSubstr("| interrupted |\n| soak.json | soak |"));
  EXPECT_THAT(page, HasSubstr("| not used |\n"));
  EXPECT_THAT(page, HasSubstr("a\\|b&lt;c"));
  EXPECT_THAT(page, Not(HasSubstr("results/")));
}

TEST(Scorecard, AResultIsNamedWithItsFolder) {
  EXPECT_EQ(short_name("results/full.json"), "full.json");
  EXPECT_EQ(short_name("/measured/threads/result.json"), "threads/result.json");
  EXPECT_EQ(short_name("result.json"), "result.json");
}

TEST(Scorecard, WhatTheOwnAllocatorDidNotRunSaysNothing) {
  NamedResult others = comparison({row("random_mixed")});
  others.document["own"] = nullptr;
  EXPECT_EQ(finding(judge_targets(collect_evidence({others}, "nosuch"), {}), wall).says,
            Says::no_data);
  EXPECT_EQ(finding(judge_targets(collect_evidence({others}, "hakmem"), {}), wall).says, Says::met);
}

TEST(Scorecard, WhatIsNotAsDocumentedIsRefused) {
  NamedResult broken = comparison({row("larson")});
  broken.document["rows"][0].erase("cells");
  EXPECT_THROW(judge({broken}), UserError);
}

TEST(ScorecardCommand, WritesOrPrintsThePage) {
  const TemporaryFolder folder;
  const std::string result = folder.path() / "full.json";
  const std::string page = folder.path() / "scorecard.md";
  write_result(result, comparison({row("larson")}).document);
  const testing::Outcome printed = testing::run_hakmem("scorecard " + result);
  EXPECT_EQ(printed.status, 0);
  EXPECT_THAT(printed.output, HasSubstr("# Scorecard"));
  EXPECT_EQ(testing::run_hakmem("scorecard " + result + " -o " + page).output, "");
  EXPECT_EQ(testing::run_shell("cat " + page).output, printed.output);
  const testing::Outcome lean =
      testing::run_hakmem("scorecard --lean snmalloc,jemalloc --mimalloc mi " + result);
  EXPECT_THAT(lean.output, HasSubstr("the leanest of snmalloc, jemalloc |"));
  EXPECT_THAT(lean.output, HasSubstr("relative to mi |"));
}

}  // namespace
}  // namespace hakmem::cli
