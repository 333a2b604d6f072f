// scorecard_test.cc: each target by documents made up to reach it, to miss it, and to leave it
// open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "command_line.h"
#include "compare/suites.h"
#include "file_text.h"
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
          {"coverage", 0.965},
          {"rounds", 15}};
}

struct CardFigures {
  std::string allocator;
  double cost;
  double peak;
  double after;  // net
};

constexpr double start_bytes = 2e6;
constexpr int rounds = 12;

Json cell(const std::string& allocator) { return {{"allocator", allocator}, {"failures", 0}}; }

Json card_sample(const CardFigures& figures, int round, const Json& parameters) {
  return {{"allocator", figures.allocator},
          {"round", round},
          {"counted", round > 0},
          {"verdict", "ok"},
          {"cost", figures.cost},
          {"peak_rss_bytes", 1e8 * figures.peak},
          {"after_rss_bytes", start_bytes + 1e7 * figures.after},
          {"figures", {{"start_rss_bytes", start_bytes}, {"parameters", parameters}}}};
}

// The parameters of a command, and those that were not given.
Json parameters_of(const std::string& program, const Json& command) {
  Json parameters = Json::object();
  if (program == "tiny_hot") parameters = {{"size", 64}, {"batch", 100}, {"cycles", 4321}};
  if (program == "random_mixed") parameters = {{"iters", 4321}, {"ws", 400}};
  for (std::size_t i = 1; i < command.size(); ++i) {
    const std::string word = command[i];
    if (word.starts_with("--")) continue;
    parameters[word.substr(0, word.find('='))] = std::stoll(word.substr(word.find('=') + 1));
  }
  return parameters;
}

// hakmem and its peers; of memory, the others are leaner than mimalloc3 by a quarter.
Json row(const std::string& name, double cost = 0.8, double peak = 0.4, double after = 0.3) {
  const std::string program = name.substr(0, name.find(':'));
  Json command = {"/libexec/" + program};
  std::istringstream arguments(program == name ? "" : name.substr(program.size() + 1));
  for (std::string word; std::getline(arguments, word, ',');) command.push_back(word);
  Json best = ratio(cost);
  best.update({{"peer", "mimalloc3"}, {"limit", 0.015}, {"decided", true}, {"net", ratio(0.7)}});
  Json made = {
      {"name", name},           {"kind", "workload"},   {"command", command},      {"threads", 1},
      {"cells", Json::array()}, {"against_best", best}, {"samples", Json::array()}};
  for (const CardFigures& figures :
       {CardFigures{"hakmem", cost, peak, after}, CardFigures{"mimalloc3", 1, 1, 1},
        CardFigures{"snmalloc", 1.1, 0.75, 0.75}, CardFigures{"rpmalloc2", 1.2, 0.8, 0.8},
        CardFigures{"jemalloc", 1.3, 0.9, 0.9}, CardFigures{"libc", 1.4, 0.9, 0.9}}) {
    made["cells"].push_back(cell(figures.allocator));
    for (int round = 0; round <= rounds; ++round) {
      made["samples"].push_back(card_sample(figures, round, parameters_of(program, command)));
    }
  }
  return made;
}

// Changes what the samples of an allocator have, by round.
template <class Change>
void change_samples(Json& row, const std::string& allocator, const Change& change) {
  for (Json& one : row["samples"]) {
    if (one["allocator"] == allocator) change(one, one["round"].get<int>());
  }
}

// As if the allocator had not been there.
void remove(Json& row, const std::string& allocator) {
  const auto is_its = [&](const Json& one) { return one["allocator"] == allocator; };
  for (const char* const list : {"cells", "samples"}) {
    Json left = Json::array();
    std::remove_copy_if(row[list].begin(), row[list].end(), std::back_inserter(left), is_its);
    row[list] = left;
  }
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
                {"workload", "tiny_hot"},
                {"parameters", {{"batch", 100}, {"size", 64}, {"cycles", 2000}}},
                {"switches", Json::array()},
                {"repetitions", "cycles"},
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

TEST(Scorecard, NetCostIsJudgedByItsOwnInterval) {
  Json wide = row("tiny_hot");
  wide["against_best"]["net"] = ratio(0.80, 0.3);
  EXPECT_EQ(judged(net_cost, {wide}).says, Says::undecided) << "though the gross ratio is certain";
  wide["against_best"]["net"] = ratio(0.80, 0.04);
  EXPECT_EQ(judged(net_cost, {wide}).says, Says::met);
  wide["against_best"]["net"] = ratio(0.90, 0.04);
  EXPECT_EQ(judged(net_cost, {wide}).says, Says::not_met);
}

TEST(Scorecard, WithoutANamedPeerTheBestOtherIsNotKnown) {
  for (const char* const peer : {"mimalloc3", "snmalloc", "rpmalloc2", "jemalloc"}) {
    Json without = row("random_mixed:ws=400");
    remove(without, peer);
    const Finding open = judged(wall, {without});
    EXPECT_EQ(open.says, Says::no_data) << peer;
    EXPECT_THAT(open.figure, HasSubstr(std::string(", without ") + peer));
    EXPECT_EQ(judged(net_cost, {without}).says, Says::no_data);
    Json slow = row("random_mixed:ws=400", 0.98);
    remove(slow, peer);
    EXPECT_EQ(judged(wall, {slow}).says, Says::not_met) << "another peer cannot make that good";
    Json threaded = threaded_row("larson", 0.8);
    remove(threaded, peer);
    EXPECT_EQ(judged(threads, {threaded}).says, Says::no_data);
    const Finding mean = judged(threads_mean, {threaded, threaded_row("mt_remote", 0.8)});
    EXPECT_EQ(mean.says, Says::no_data);
    EXPECT_THAT(mean.decided_by, HasSubstr(std::string("some without ") + peer));
  }
  Json failed = row("random_mixed:ws=400");
  failed["cells"][2]["failures"] = 1;
  EXPECT_EQ(judged(wall, {failed}).says, Says::no_data);
  Json without_libc = row("random_mixed:ws=400");
  remove(without_libc, "libc");
  EXPECT_EQ(judged(wall, {without_libc}).says, Says::met) << "no target names it";
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

TEST(Scorecard, CountsAreOfARowWithTheSameParametersHoweverItIsCalled) {
  const auto says = [](const std::string& name) {
    Json below = row(name);
    below["against_best"]["below_resolution"] = true;
    return finding(judge({comparison({below}), counts(15, 8.4)}), net_cost).says;
  };
  EXPECT_EQ(says("tiny_hot:size=64"), Says::met);
  EXPECT_EQ(says("tiny_hot:size=64,cycles=99"), Says::met) << "how often it repeats";
  EXPECT_EQ(says("tiny_hot:size=16"), Says::no_data);
  EXPECT_EQ(says("tiny_hot:batch=10"), Says::no_data);
  EXPECT_EQ(says("tiny_hot:--other"), Says::no_data);
  EXPECT_EQ(says("fifo_hot:size=64,batch=100"), Says::no_data);
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
  change_samples(open, "hakmem", [](Json& one, int round) { one["cost"] = 0.7 + 0.03 * round; });
  EXPECT_EQ(judged(throughput, {open}).says, Says::undecided);
  open = row("random_mixed", 0.8);
  open.erase("against_best");
  EXPECT_EQ(judged(throughput, {open}).figure, "too few rounds");
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
  EXPECT_EQ(undecided.decided_by, "mean over 2 of 2 rows, 1 undecided");
  open.erase("against_best");
  const Finding fewer = judged(threads_mean, {open, threaded_row("mt_remote", 1)});
  EXPECT_EQ(fewer.says, Says::undecided) << "the other might be what brings it below the bound";
  EXPECT_EQ(fewer.decided_by, "mean over 1 of 2 rows, 1 undecided");
}

TEST(Scorecard, MemoryIsAMeanRelativeToOneAllocator) {
  const Finding reached = judged(workloads_peak, {row("larson", 1, 0.3), row("objects", 1, 0.6)});
  EXPECT_EQ(reached.says, Says::met);
  EXPECT_THAT(reached.figure, HasSubstr("0.424 (0.424 to 0.424) of mimalloc3"));
  EXPECT_EQ(reached.decided_by, "geometric mean over 2 rows of workloads");
  EXPECT_EQ(judged(workloads_peak, {row("larson", 1, 0.49)}).says, Says::not_met);
  Json open = row("larson", 1, 0.48);
  change_samples(open, "hakmem",
                 [](Json& one, int round) { one["peak_rss_bytes"] = 1e6 * (44 + round); });
  EXPECT_EQ(judged(workloads_peak, {open}).says, Says::undecided);
  EXPECT_EQ(judged(programs_peak, {row("larson", 1, 0.3)}).says, Says::no_data);
  EXPECT_EQ(judged(programs_peak, {row("larson", 1, 3), program_row("redis", 0.77)}).says,
            Says::met);
}

// The machine's mood changes both alike, so the quotient of their medians is another figure.
TEST(Scorecard, APairIsComparedRoundByRound) {
  Json moody = row("random_mixed", 0.9);
  const auto with_mood = [](double level) {
    return [level](Json& one, int round) { one["cost"] = level * (round > rounds / 2 ? 4 : 1); };
  };
  change_samples(moody, "hakmem", with_mood(0.9));
  change_samples(moody, "mimalloc3", with_mood(1));
  // Half of the rounds of one are not there: its median is of other moods.
  change_samples(moody, "mimalloc3", [](Json& one, int round) {
    if (round > rounds / 2) one["verdict"] = "timed out";
  });
  const Finding reached = judged(throughput, {moody});
  EXPECT_EQ(reached.figure, "1.111");
  EXPECT_EQ(reached.says, Says::met);
}

TEST(Scorecard, WhatIsWidelyScatteredAgainstThePeerIsUndecided) {
  Json wide = row("larson", 1, 0.45);
  change_samples(wide, "mimalloc3", [](Json& one, int round) {
    one["peak_rss_bytes"] = 1e8 * (round % 2 == 0 ? 0.7 : 1.3);
  });
  EXPECT_EQ(judged(workloads_peak, {wide}).says, Says::undecided) << "the peer's, not the own";
}

// Of few rounds the interval is narrow by luck, of one it has no width at all.
TEST(Scorecard, WhatHasTooFewRoundsIsUndecided) {
  const auto with_rounds = [](int left) {
    Json few = row("random_mixed", 0.8);
    Json samples = Json::array();
    for (const Json& one : few["samples"]) {
      if (one["round"] <= left) samples.push_back(one);
    }
    few["samples"] = samples;
    return few;
  };
  for (const char* const target : {workloads_peak, workloads_leanest, throughput}) {
    EXPECT_EQ(judged(target, {with_rounds(1)}).says, Says::undecided) << target;
    EXPECT_EQ(judged(target, {with_rounds(5)}).says, Says::undecided) << target;
    EXPECT_EQ(judged(target, {with_rounds(6)}).says, Says::met) << target;
  }
  EXPECT_EQ(judged(after_work, {with_rounds(4)}).says, Says::undecided);
  EXPECT_EQ(judged(after_work, {with_rounds(5)}).says, Says::met) << "with the warm-up";
  EXPECT_EQ(judged(workloads_peak, {with_rounds(5), row("larson")}).decided_by,
            "geometric mean over 2 rows of workloads, 1 of them of too few rounds");
  Json uncovered = row("tiny_hot");
  uncovered["against_best"]["net"]["coverage"] = 0.88;
  EXPECT_EQ(judged(net_cost, {uncovered}).says, Says::undecided);
}

TEST(Scorecard, WhatWasCutOffSaysNothing) {
  Json cut = threaded_row("random_mixed", 0.8);
  cut["complete"] = false;
  const Json whole = threaded_row("mt_remote", 0.8);
  for (const char* const target : {net_cost, wall, throughput, threads, threads_mean,
                                   workloads_peak, workloads_leanest, after_work}) {
    EXPECT_EQ(judged(target, {cut, whole}).says, Says::no_data) << target;
  }
  EXPECT_EQ(judged(threads_mean, {cut, whole}).decided_by,
            "mean over 1 of 2 rows, 0 undecided, 1 cut off");
  // One that was not reached has no sample, but is not forgotten.
  cut["samples"] = Json::array();
  const Finding partly = judged(workloads_peak, {cut, whole});
  EXPECT_EQ(partly.says, Says::no_data);
  EXPECT_EQ(partly.decided_by,
            "geometric mean over 1 row of workloads, without 1 that were cut off");
  EXPECT_EQ(judged(workloads_peak, {cut}).decided_by, "no row of workloads is complete");
  cut["cells"][0]["failures"] = 1;
  EXPECT_EQ(judged(workloads_peak, {cut, whole}).says, Says::not_met)
      << "it has failed for all that";
}

TEST(Scorecard, InAMeanARowThatStandsInTwoFilesCountsOnce) {
  const auto mean_of = [](const std::vector<Json>& first, const std::vector<Json>& second) {
    NamedResult other = comparison(second);
    other.file = "results/threads.json";
    return finding(judge({comparison(first), other}), threads_mean);
  };
  const Json fast = threaded_row("larson", 0.8);
  const Json slow = threaded_row("mt_remote", 1.2);
  // 0.8 and 1.2; with the slow one twice it would be 1.048.
  EXPECT_EQ(mean_of({fast, slow}, {slow}).figure, "0.980");
  EXPECT_EQ(mean_of({fast}, {slow}).source, "full.json, threads.json");
  Json cut = slow;
  cut["complete"] = false;
  EXPECT_EQ(mean_of({fast, cut}, {slow}).says, Says::not_met) << "the one that is whole counts";
  Json failed = slow;
  failed["cells"][0]["failures"] = 1;
  EXPECT_EQ(mean_of({fast, slow}, {failed}).says, Says::not_met);
  EXPECT_THAT(mean_of({fast, slow}, {failed}).figure, HasSubstr("FAILED"));
  Json with_other_arguments = slow;
  with_other_arguments["subject"] = {{"command", {"mt_remote", "threads=4"}}};
  EXPECT_EQ(mean_of({fast, slow}, {with_other_arguments}).figure, "1.048");
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
  remove(without, "rpmalloc2");
  const Finding open = judged(workloads_leanest, {without});
  EXPECT_EQ(open.says, Says::no_data);
  EXPECT_THAT(open.decided_by, HasSubstr("rpmalloc2 not measured"));
  change_samples(without, "hakmem", [](Json& one, int) { one["peak_rss_bytes"] = 9e7; });
  EXPECT_EQ(judged(workloads_leanest, {without}).says, Says::not_met);
  remove(without, "mimalloc3");
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

// A server is asked what it holds when it listens; other programs end with their work.
TEST(Scorecard, MemoryAfterWorkIsOfWorkloadsAndServers) {
  Json server = program_row("redis-server", 0.7);
  server["kind"] = "server";
  for (Json& one : server["samples"]) {
    one["start_rss_bytes"] = start_bytes;
    one.erase("figures");
  }
  const Json lean = row("larson", 1, 1, 0.3);
  EXPECT_EQ(judged(after_work, {lean, server}).decided_by,
            "geometric mean over 2 rows of workloads and servers");
  change_samples(server, "hakmem", [](Json& one, int) { one["after_rss_bytes"] = 1e9; });
  EXPECT_EQ(judged(after_work, {lean, server}).says, Says::not_met);
  Json failed = program_row("g++", 0.7);
  failed["cells"][0]["failures"] = 1;
  EXPECT_EQ(judged(after_work, {lean, failed}).says, Says::met) << "nobody asked it";
  EXPECT_EQ(judged(programs_peak, {lean, failed}).says, Says::not_met);
  server["cells"][0]["failures"] = 1;
  EXPECT_EQ(judged(after_work, {lean, server}).says, Says::not_met);
}

// Who returns more than the program held when it began has the best outcome, not none.
TEST(Scorecard, LessThanNothingIsAPage) {
  Json lean = row("larson");
  change_samples(lean, "hakmem", [](Json& one, int) { one["after_rss_bytes"] = start_bytes / 2; });
  const Finding reached = judged(after_work, {lean});
  EXPECT_EQ(reached.says, Says::met);
  EXPECT_THAT(reached.figure, HasSubstr("0.001 (0.001 to 0.001) of snmalloc"));
  change_samples(lean, "snmalloc", [](Json& one, int) { one["after_rss_bytes"] = 4096; });
  const Finding even = judged(after_work, {lean});
  EXPECT_EQ(even.says, Says::not_met);
  EXPECT_THAT(even.figure, HasSubstr("1.000 (1.000 to 1.000) of snmalloc"));
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
  EXPECT_EQ(soaked("RSS drift", "rss_drift", -0.05).says, Says::not_met) << "as `soak` says";
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

// The page that says how the scorecard is made has counted what clocks may not resolve.
TEST(ScorecardCommand, RowsToCountAreThoseOfTheFullSuite) {
  const std::string page = testing::text_of(std::filesystem::path(testing::report_parts()) /
                                            "../../../docs" / "making-the-scorecard.md");
  const std::size_t start = page.find("rows=(") + 6;
  ASSERT_NE(start, std::string::npos + 6);
  std::istringstream words(page.substr(start, page.find(')', start) - start));
  std::vector<std::string> rows;
  for (std::string word; words >> word;) rows.push_back(word);
  std::vector<std::string> wanted;
  for (const Subject& subject : find_suite("full").subjects) {
    for (const char* const workload : {"random_mixed:", "tiny_hot:", "fifo_hot:"}) {
      if (subject.name.starts_with(workload)) wanted.push_back(subject.name);
    }
  }
  EXPECT_THAT(rows, ::testing::UnorderedElementsAreArray(wanted));
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
