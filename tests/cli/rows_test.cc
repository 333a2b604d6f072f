// rows_test.cc: the order of the runs, how often they are made, and what counts as a wrong output.
#include "compare/rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "compare/pace.h"
#include "compare/probe.h"
#include "compare/row_run.h"
#include "measure/allocator.h"

namespace hakmem::cli {
namespace {

using ::testing::ElementsAre;

TEST(Rows, AllocatorsTakeTurnsInGoingFirst) {
  EXPECT_THAT(rotation(3, 0), ElementsAre(0, 1, 2));
  EXPECT_THAT(rotation(3, 2), ElementsAre(1, 2, 0));
  EXPECT_THAT(rotation(3, 4), ElementsAre(2, 0, 1));
  EXPECT_THAT(rotation(3, 6), ElementsAre(0, 1, 2));
  EXPECT_THAT(rotation(1, 5), ElementsAre(0));
}

// Odd rounds choose the best of the others, even ones measure it: neither may favour a place.
TEST(Rows, InOddAndInEvenRoundsEveryAllocatorHasEveryPlaceEquallyOften) {
  for (const int width : {2, 3, 4, 5, 6}) {
    for (const int first_round : {1, 2}) {
      std::vector<int> firsts(static_cast<std::size_t>(width));
      for (int i = 0; i < width; ++i) {
        ++firsts[rotation(static_cast<std::size_t>(width), first_round + 2 * i).front()];
      }
      EXPECT_THAT(firsts, ::testing::Each(1)) << width << " from round " << first_round;
    }
  }
}

Subject shell(const std::string& name, const std::string& script) {
  Subject subject;
  subject.name = name;
  subject.command = {"/bin/sh", "-c", script};
  return subject;
}

Plan echo_plan() {
  Plan plan;
  plan.rows = {{shell("sh", "sleep 0.1; echo $$"), 0.1}};
  plan.allocators = {parse_allocator("libc")};
  plan.rounds = 2;
  plan.most_rounds = 2;
  return plan;
}

Measured measure_all(Plan plan, Measured kept = {}) {
  return measure_rows(plan, std::move(kept), [](const Measured&) {});
}

TEST(Rows, EveryRunIsASampleAndTheWarmUpIsRoundZero) {
  const Measured measured = measure_all(echo_plan());
  EXPECT_THAT(measured.complete, ElementsAre(true));
  ASSERT_EQ(measured.samples.size(), 3U);
  for (int round = 0; round < 3; ++round) {
    const Sample& sample = measured.samples[static_cast<std::size_t>(round)];
    EXPECT_EQ(sample.round, round);
    EXPECT_EQ(sample.verdict, Verdict::ok) << sample.detail;
    EXPECT_GE(sample.seconds, 0.1);
    EXPECT_GT(sample.peak_rss_bytes, 0U);
  }
}

TEST(Rows, ABudgetEndsTheRoundsButNotBeforeTheFirst) {
  Plan plan = echo_plan();
  plan.rounds = 1000;
  plan.budget_seconds = 0.01;
  const Measured measured = measure_all(plan);
  EXPECT_EQ(measured.samples.size(), 2U);
  EXPECT_THAT(measured.complete, ElementsAre(false)) << "it has not all its rounds";
}

TEST(Rows, ABudgetDoesNotMakeARowIncompleteThatHasItsRounds) {
  Plan plan = echo_plan();
  plan.allocators.push_back(parse_allocator("hakmem"));
  plan.rounds = 1;
  plan.most_rounds = 1000;
  plan.budget_seconds = 0.01;
  const Measured measured = measure_all(plan);
  EXPECT_EQ(measured.samples.size(), 4U);
  EXPECT_THAT(measured.complete, ElementsAre(true));
}

TEST(Rows, WhetherARowIsDecidedIsAskedAfterEverLongerStretches) {
  Plan plan = echo_plan();
  // Alike to the microsecond: decided when it is first asked with enough rounds.
  plan.rows = {{shell("sh", "sleep 0.05; echo 1"), 0.05}};
  plan.rows[0].subject.metric = parse_metric("1", false);
  plan.allocators.push_back(parse_allocator("hakmem"));
  plan.own = 1;
  plan.rounds = 8;
  plan.most_rounds = 40;
  const std::vector<Sample> samples = measure_all(plan).samples;
  // Six even rounds are there after 12; it is asked after 8, 10 and 13.
  EXPECT_EQ(samples.back().round, 13);
}

TEST(Rows, FurtherRoundsWaitUntilAllRowsHaveTheirs) {
  Plan plan = echo_plan();
  plan.rows = {{shell("first", "sleep 0.05"), 0.05}, {shell("second", "sleep 0.05"), 0.05}};
  plan.allocators.push_back(parse_allocator("hakmem"));
  plan.rounds = 1;
  plan.most_rounds = 3;
  const std::vector<Sample> samples = measure_all(plan).samples;
  ASSERT_EQ(samples.size(), 16U);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    EXPECT_EQ(samples[i].round > 1, i >= 8) << i;
  }
}

TEST(Rows, TheFastestAllocatorsSamplesAreLongEnough) {
  Plan plan = echo_plan();
  plan.rows = {{parse_workload("tiny_hot"), 0, Scale{"cycles", 1000}}};
  plan.sample_seconds = 0.1;
  plan.rounds = 1;
  plan.most_rounds = 1;
  const Measured measured = measure_rows(plan, {}, [](const Measured&) {});
  ASSERT_EQ(measured.samples.size(), 2U);
  EXPECT_GT(plan.rows[0].scale->count, 1000U);
  const auto cycles = [&measured](std::size_t place) {
    return nlohmann::json::parse(measured.samples[place].line)["parameters"]["cycles"];
  };
  EXPECT_EQ(cycles(0), 1000) << "the warm-up tells";
  EXPECT_EQ(cycles(1), plan.rows[0].scale->count);
}

TEST(Probe, SamplesAreLongUnderTheFastestAndNotTooLongUnderTheSlowest) {
  EXPECT_DOUBLE_EQ(scale_factor({0.5, 0.25}, 0.5), 2);
  EXPECT_DOUBLE_EQ(scale_factor({0.6, 1.2}, 0.5), 1) << "all long enough, and none too long";
  EXPECT_DOUBLE_EQ(scale_factor({0.1, 1.5, 0.7}, 0.5), 1) << "the fastest would make it longer";
  EXPECT_DOUBLE_EQ(scale_factor({3.0, 0.1}, 0.5), 0.5);
  EXPECT_DOUBLE_EQ(scale_factor({0}, 0.5), 1) << "too short for the clock";
}

TEST(Rows, AnAllocatorWithAProblemIsAFailureAndNotTheReference) {
  Plan plan = echo_plan();
  plan.allocators = {parse_allocator_or_problem("wrong=/no/such.so"),
                     parse_allocator("mine=" + testing::hakmem_library())};
  EXPECT_EQ(plan.reference(), 1U);
  const Measured measured = measure_all(plan);
  ASSERT_EQ(measured.samples.size(), 4U);
  EXPECT_EQ(measured.samples[0].verdict, Verdict::not_started);
  EXPECT_THAT(measured.samples[0].detail, ::testing::HasSubstr("/no/such.so"));
}

TEST(Rows, ABudgetThatIsTooShortCostsWholeRowsAndNotARoundOfEach) {
  Plan plan = echo_plan();
  // What is expected of the second would take all day; the others have time enough.
  plan.rows.push_back({shell("long", "sleep 0.1"), 50'000});
  plan.rows.push_back({shell("last", "sleep 0.1"), 0.1});
  plan.budget_seconds = 60;
  const Measured measured = measure_all(plan);
  EXPECT_THAT(measured.complete, ElementsAre(true, false, true));
  EXPECT_EQ(measured.samples.size(), 6U) << "the second was not begun";
}

TEST(Rows, OnlyTheFirstRowIsBegunWhenTheTimeIsOver) {
  Plan plan = echo_plan();
  plan.rows.push_back({shell("other", "sleep 0.1"), 0.1});
  plan.budget_seconds = 0.01;
  const Measured measured = measure_all(plan);
  EXPECT_THAT(measured.complete, ElementsAre(false, false));
  ASSERT_EQ(measured.samples.size(), 2U);
  EXPECT_EQ(measured.samples.back().subject, 0U);
}

TEST(Rows, ABudgetForFurtherRoundsLeavesThoseThatWerePromised) {
  Plan plan = echo_plan();
  plan.allocators.push_back(parse_allocator("hakmem"));
  plan.most_rounds = 1000;
  plan.budget_seconds = 0.01;
  plan.budget_ends_rounds = false;
  const Measured measured = measure_all(plan);
  EXPECT_THAT(measured.complete, ElementsAre(true));
  EXPECT_EQ(measured.samples.size(), 6U);
}

TEST(Rows, ARowThatWasCutShortGoesOnWhereItEnded) {
  Plan plan = echo_plan();
  plan.rounds = 3;
  plan.budget_seconds = 0.01;
  const Measured first = measure_all(plan);
  EXPECT_EQ(first.samples.back().round, 1);
  const Measured second = measure_all(plan, first);
  EXPECT_EQ(second.samples.back().round, 2);
  const Measured third = measure_all(plan, second);
  EXPECT_THAT(third.complete, ElementsAre(true));
  std::vector<int> rounds;
  for (const Sample& sample : third.samples) rounds.push_back(sample.round);
  EXPECT_THAT(rounds, ElementsAre(0, 1, 2, 3));
}

// Two allocators; of the third round only the first one's sample is there.
Measured cut_off_in_round_two() {
  Measured kept;
  for (int round = 0; round <= 2; ++round) {
    for (std::size_t allocator = 0; allocator < 2; ++allocator) {
      if (round == 2 && allocator == 1) break;
      Sample sample;
      sample.allocator = allocator;
      sample.round = round;
      sample.seconds = sample.cost = 12345;
      kept.samples.push_back(sample);
    }
  }
  return kept;
}

TEST(Rows, ARoundThatWasCutOffIsRunAnew) {
  Plan plan = echo_plan();
  plan.allocators.push_back(parse_allocator("hakmem"));
  const Measured kept = cut_off_in_round_two();
  EXPECT_EQ(first_open_round(plan, 0, kept.samples), 2);
  const Measured measured = measure_all(plan, kept);
  ASSERT_EQ(measured.samples.size(), 6U);
  for (const Sample& sample : measured.samples) {
    EXPECT_EQ(sample.cost == 12345, sample.round < 2) << sample.round;
  }
}

TEST(Rows, WhoFailedIsNotRunAgainWhenARowGoesOn) {
  Plan plan = echo_plan();
  plan.allocators.push_back(parse_allocator("hakmem"));
  Measured kept = cut_off_in_round_two();
  kept.samples.back().verdict = Verdict::crashed;
  const Measured measured = measure_all(plan, kept);
  ASSERT_EQ(measured.samples.size(), 6U);
  EXPECT_EQ(measured.samples[4].verdict, Verdict::crashed);
  EXPECT_EQ(measured.samples[5].allocator, 1U);
  EXPECT_EQ(measured.samples[5].round, 2);
}

TEST(Rows, AWholeRowThatIsUndecidedGoesOnWhenItIsKept) {
  Plan plan = echo_plan();
  plan.allocators.push_back(parse_allocator("hakmem"));
  plan.rounds = 2;
  Measured kept = measure_all(plan);
  ASSERT_THAT(kept.complete, ElementsAre(true));
  plan.most_rounds = 4;
  const Measured measured = measure_all(plan, std::move(kept));
  EXPECT_EQ(measured.samples.back().round, 4) << "four rounds decide nothing";
}

TEST(Pace, RowsToComeTakeAsMuchLongerAsThoseThatAreOver) {
  Pace pace;
  EXPECT_DOUBLE_EQ(pace.factor(), 1);
  pace.note(10, 30);
  pace.note(10, 20);
  EXPECT_DOUBLE_EQ(pace.factor(), 2.5);
}

TEST(Rows, WhatIsCompleteIsKeptAndOnlyTheRestIsMeasured) {
  Plan plan = echo_plan();
  plan.rows.insert(plan.rows.begin(), {shell("kept", "exit 9"), 0});
  Measured kept;
  kept.complete = {true, false};
  kept.samples.resize(1);
  int calls = 0;
  const Measured measured = measure_rows(plan, std::move(kept), [&calls](const Measured& so_far) {
    ++calls;
    EXPECT_THAT(so_far.complete, ElementsAre(true, true));
  });
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(measured.samples.size(), 4U);
}

TEST(Rows, AnAllocatorThatFailedDoesNotRunAgainInItsRow) {
  Plan plan = echo_plan();
  plan.allocators.push_back({"none", "/no/such.so", ""});
  plan.rows.push_back({shell("other", "sleep 0.1"), 0.1});
  const Measured measured = measure_all(plan);
  std::vector<std::size_t> runs(4);
  for (const Sample& sample : measured.samples) ++runs[2 * sample.subject + sample.allocator];
  EXPECT_THAT(runs, ElementsAre(3, 1, 3, 1));
}

TEST(Rows, TheFloorRunsLikeOneMoreAllocator) {
  Plan plan = echo_plan();
  Subject subject = parse_workload("tiny_hot:cycles=1000");
  subject.has_floor = true;
  plan.rows = {{subject, 0.1}};
  const Measured measured = measure_all(plan);
  ASSERT_EQ(measured.samples.size(), 6U);
  for (const Sample& sample : measured.samples) {
    const char* const mode = sample.allocator == plan.floor() ? "floor" : "timed";
    EXPECT_THAT(sample.line, ::testing::HasSubstr(std::string("\"mode\":\"") + mode + "\""));
  }
  EXPECT_EQ(measured.samples[4].allocator, plan.floor()) << "round 2 begins with it";
}

TEST(Rows, MemoryThatCameBackIsAskedForInSomeRounds) {
  Plan plan = echo_plan();
  plan.rows = {{parse_workload("tiny_hot:cycles=10"), 0.1}};
  plan.after = true;
  const Measured measured = measure_all(plan);
  ASSERT_EQ(measured.samples.size(), 3U);
  EXPECT_TRUE(measured.samples[0].after_rss_bytes.has_value());
  EXPECT_FALSE(measured.samples[1].after_rss_bytes.has_value());
}

TEST(Rows, ExpectedTimeCountsRoundsAllocatorsAndTheFloor) {
  Plan plan = echo_plan();
  EXPECT_NEAR(expected_seconds(plan, std::vector<bool>{false}), 0.3, 1e-9);
  plan.rows[0].subject.has_floor = true;
  EXPECT_NEAR(expected_seconds(plan, std::vector<bool>{false}), 0.6, 1e-9);
  EXPECT_EQ(expected_seconds(plan, std::vector<bool>{true}), 0);
  Measured begun;
  begun.samples.resize(2);
  begun.samples[1].allocator = plan.floor();
  EXPECT_NEAR(expected_seconds(plan, begun), 0.4, 1e-9) << "the warm-up is over";
}

TEST(Rows, OutputsAreComparedOnlyWhereTheyMustAgree) {
  Plan plan = echo_plan();  // prints the process id: never the same twice
  std::vector<Sample> free_samples = measure_all(plan).samples;
  judge_outputs(plan, free_samples);
  for (const Sample& sample : free_samples) EXPECT_EQ(sample.verdict, Verdict::ok);

  plan.rows[0].subject.same_output = true;
  const std::vector<Sample> bound_samples = measure_all(plan).samples;
  ASSERT_EQ(bound_samples.size(), 2U) << "it is judged at once, and not run again";
  EXPECT_EQ(bound_samples[0].verdict, Verdict::ok);
  EXPECT_EQ(bound_samples[1].verdict, Verdict::wrong_output);
}

TEST(Rows, WhoPrintsSomethingElseIsFoundInTheFirstRoundAndRunsNoFurther) {
  Plan plan = echo_plan();
  plan.rows = {{shell("sh", "sleep 0.1; echo $LD_PRELOAD"), 0.1}};
  plan.rows[0].subject.same_output = true;
  plan.allocators.push_back(parse_allocator("hakmem"));
  bool was_judged = false;
  const Measured measured = measure_rows(plan, {}, [&was_judged](const Measured& so_far) {
    was_judged = so_far.samples[1].verdict == Verdict::wrong_output;
  });
  EXPECT_TRUE(was_judged) << "before it is written";
  EXPECT_EQ(measured.samples.size(), 4U);
}

TEST(Probe, ScalesToTwoDigits) {
  EXPECT_EQ(scaled_count(1'000'000, 0.5, 1.0), 2'000'000U);
  EXPECT_EQ(scaled_count(1'000'000, 0.3, 1.0), 3'300'000U);
  EXPECT_EQ(scaled_count(10, 100.0, 0.5), 1U);
  EXPECT_EQ(scaled_count(7, 1.0, 1.0), 7U);
}

TEST(Probe, LearnsTheStatusThatEveryRunMustHave) {
  Plan plan = echo_plan();
  plan.rows[0].subject = shell("sh", "sleep 0.1; exit 3");
  probe_rows(plan, {false});
  EXPECT_EQ(plan.rows[0].subject.expected_status, 3);
  EXPECT_GE(plan.rows[0].expected_seconds, 0.1);
  for (const Sample& sample : measure_all(plan).samples) {
    EXPECT_EQ(sample.verdict, Verdict::ok) << sample.detail;
    EXPECT_EQ(sample.exit_status, 3);
  }
}

TEST(Probe, WhatHangsIsAFailedRunOfTheWarmUp) {
  Plan plan = echo_plan();
  plan.rows = {{shell("hangs", "sleep 3600"), 0}, {shell("ends", "sleep 0.1"), 0}};
  plan.allocators.push_back(parse_allocator("hakmem"));
  plan.timeout_seconds = 0.5;
  const std::vector<Sample> hung = probe_rows(plan, {false, false});
  ASSERT_EQ(hung.size(), 1U);
  EXPECT_EQ(hung[0].verdict, Verdict::timed_out);
  EXPECT_EQ(hung[0].subject, 0U);
  EXPECT_GE(plan.rows[1].expected_seconds, 0.1);
  const Measured measured = measure_all(plan, {hung, {}});
  EXPECT_EQ(std::count_if(measured.samples.begin(), measured.samples.end(),
                          [](const Sample& sample) { return sample.subject == 0; }),
            2)
      << "once per allocator";
}

TEST(Probe, ATrialTakesASmallShareOfTheBudgetAtMost) {
  Plan plan = echo_plan();
  EXPECT_DOUBLE_EQ(trial_timeout(plan), 600);
  plan.budget_seconds = 400;
  EXPECT_DOUBLE_EQ(trial_timeout(plan), 20);
  plan.budget_ends_rounds = false;
  EXPECT_DOUBLE_EQ(trial_timeout(plan), 600);
  plan.timeout_seconds = 7;
  EXPECT_DOUBLE_EQ(trial_timeout(plan), 7);
}

TEST(Probe, NothingIsTriedWhenTheTimeIsOverButTheFirst) {
  Plan plan = echo_plan();
  plan.rows = {{shell("first", "sleep 0.1"), 0}, {shell("second", "sleep 0.1"), 0}};
  probe_rows(plan, {false, false}, /*deadline=*/1);
  EXPECT_GT(plan.rows[0].expected_seconds, 0);
  EXPECT_EQ(plan.rows[1].expected_seconds, 0);
}

TEST(Probe, LeavesACountThatTheUserChose) {
  Plan plan = echo_plan();
  plan.sample_seconds = 0.2;
  struct Given {
    const char* text;
    const char* scaled;  // the parameter, or nothing
  };
  // By place tiny_hot takes size, batch, cycles; random_mixed begins with iters.
  const Given list[] = {{"tiny_hot:cycles=1000", ""},      {"tiny_hot:size=16", "cycles"},
                        {"tiny_hot:16", "cycles"},         {"tiny_hot:16,100", "cycles"},
                        {"tiny_hot:16,100,1000", ""},      {"random_mixed:100k", ""},
                        {"random_mixed:--compat", "iters"}};
  for (const Given& given : list) {
    plan.rows = {{parse_workload(given.text), 0}};
    probe_rows(plan, {false});
    const std::optional<Scale>& scale = plan.rows[0].scale;
    EXPECT_EQ(scale ? scale->parameter : "", given.scaled) << given.text;
    EXPECT_EQ(plan.rows[0].command().size(),
              plan.rows[0].subject.command.size() + (scale ? 1U : 0U));
  }
}

}  // namespace
}  // namespace hakmem::cli
