// rounds_test.cc: the order of the runs, and what counts as a wrong output.
#include "compare/rounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "measure/allocator.h"

namespace hakmem::cli {
namespace {

using ::testing::ElementsAre;

TEST(Rounds, AllocatorsTakeTurnsInGoingFirst) {
  EXPECT_THAT(rotation(3, 0), ElementsAre(0, 1, 2));
  EXPECT_THAT(rotation(3, 1), ElementsAre(1, 2, 0));
  EXPECT_THAT(rotation(3, 2), ElementsAre(2, 0, 1));
  EXPECT_THAT(rotation(3, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(rotation(1, 5), ElementsAre(0));
}

Plan echo_plan() {
  Plan plan;
  Subject subject;
  subject.name = "sh";
  subject.command = {"/bin/sh", "-c", "sleep 0.1; echo $$"};
  plan.subjects = {subject};
  plan.allocators = {parse_allocator("libc")};
  plan.rounds = 2;
  return plan;
}

TEST(Rounds, EveryRunIsASampleAndTheWarmUpIsRoundZero) {
  const std::vector<Sample> samples = run_rounds(echo_plan());
  ASSERT_EQ(samples.size(), 3U);
  for (int round = 0; round < 3; ++round) {
    const Sample& sample = samples[static_cast<std::size_t>(round)];
    EXPECT_EQ(sample.round, round);
    EXPECT_EQ(sample.verdict, Verdict::ok) << sample.detail;
    EXPECT_GE(sample.seconds, 0.1);
    EXPECT_GT(sample.peak_rss_bytes, 0U);
  }
}

TEST(Rounds, ABudgetEndsTheRoundsButNotBeforeTheFirst) {
  Plan plan = echo_plan();
  plan.rounds = 1000;
  plan.budget_seconds = 0.01;
  EXPECT_EQ(run_rounds(plan).size(), 2U);
}

TEST(Rounds, OutputsAreComparedOnlyWhereTheyMustAgree) {
  Plan plan = echo_plan();  // prints the process id: never the same twice
  std::vector<Sample> free_samples = run_rounds(plan);
  judge_outputs(plan, free_samples);
  for (const Sample& sample : free_samples) EXPECT_EQ(sample.verdict, Verdict::ok);

  plan.subjects[0].same_output = true;
  std::vector<Sample> bound_samples = run_rounds(plan);
  judge_outputs(plan, bound_samples);
  EXPECT_EQ(bound_samples[0].verdict, Verdict::ok);
  EXPECT_EQ(bound_samples[1].verdict, Verdict::wrong_output);
  EXPECT_EQ(bound_samples[2].verdict, Verdict::wrong_output);
}

}  // namespace
}  // namespace hakmem::cli
