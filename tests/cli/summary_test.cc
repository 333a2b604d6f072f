// summary_test.cc: same-round ratios, failures, means, and the table made of them.
#include "compare/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "compare/result_json.h"
#include "compare/table.h"

namespace hakmem::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

Plan two_by_two() {
  Plan plan;
  plan.rows.resize(2);
  plan.rows[0].subject.name = "first";
  plan.rows[1].subject.name = "second";
  for (Row& row : plan.rows) row.subject.command = {"/bin/true"};
  plan.allocators = {{"libc", "/libc.so", ""}, {"other", "/other.so", ""}};
  plan.base = 0;
  return plan;
}

Sample sample_of(std::size_t subject, std::size_t allocator, int round, double cost) {
  Sample sample;
  sample.subject = subject;
  sample.allocator = allocator;
  sample.round = round;
  sample.seconds = sample.cost = cost;
  sample.peak_rss_bytes = allocator == 0 ? 100 : 80;
  return sample;
}

// The machine is twice as slow in round 2; ratios are not.
std::vector<Sample> good_samples() {
  std::vector<Sample> samples;
  for (int round = 0; round <= 3; ++round) {
    const double mood = round == 2 ? 2 : 1;
    for (std::size_t subject = 0; subject < 2; ++subject) {
      samples.push_back(sample_of(subject, 0, round, 1.0 * mood));
      samples.push_back(sample_of(subject, 1, round, subject == 0 ? 0.5 * mood : 2 * mood));
    }
  }
  return samples;
}

Measured whole(const std::vector<Sample>& samples) { return {samples, {true, true}}; }

TEST(Summary, RatiosAreTakenWithinARound) {
  const Summary summary = summarise(two_by_two(), good_samples());
  const Cell& cell = summary.cells[0][1];
  EXPECT_EQ(summary.rounds, 3);
  EXPECT_EQ(summary.failures, 0U);
  EXPECT_EQ(cell.samples, 3U);
  ASSERT_TRUE(cell.cost.has_value());
  EXPECT_DOUBLE_EQ(cell.cost->median, 0.5);
  EXPECT_DOUBLE_EQ(cell.cost->uncertainty(), 0);
  EXPECT_DOUBLE_EQ(cell.cost->interval.coverage, 0.75);
  EXPECT_DOUBLE_EQ(cell.peak->median, 0.8);
  EXPECT_FALSE(cell.after.has_value());
}

TEST(Summary, TheWarmUpDoesNotCount) {
  std::vector<Sample> samples = good_samples();
  samples[1].cost = 1000;
  EXPECT_DOUBLE_EQ(summarise(two_by_two(), samples).cells[0][1].cost->interval.high, 0.5);
}

TEST(Summary, MeansAreGeometricOverSubjects) {
  const Summary summary = summarise(two_by_two(), good_samples());
  EXPECT_DOUBLE_EQ(mean_ratio(summary, 1, &Cell::cost).value(), 1.0);
  EXPECT_FALSE(mean_ratio(summary, 1, &Cell::after).has_value());
}

TEST(Summary, AFailedRunIsShownAndSpoilsTheMean) {
  std::vector<Sample> samples = good_samples();
  samples.back().verdict = Verdict::crashed;
  samples.back().detail = "signal 11";
  const Plan plan = two_by_two();
  const Summary summary = summarise(plan, samples);
  EXPECT_EQ(summary.failures, 1U);
  EXPECT_EQ(summary.cells[1][1].failures, 1U);
  EXPECT_FALSE(mean_ratio(summary, 1, &Cell::cost).has_value());
  const std::string table = result_table(plan, summary);
  EXPECT_THAT(table, HasSubstr("FAILED second under other: 1 run, first: crashed: signal 11"));
  EXPECT_THAT(table, Not(HasSubstr("Every run proved")));
  const nlohmann::ordered_json json = result_json(plan, whole(samples), summary);
  EXPECT_EQ(json["failures"], 1);
  EXPECT_EQ(json["rows"][1]["samples"].back()["verdict"], "crashed");
}

TEST(Summary, ARowThatNeverRanIsStillARow) {
  std::vector<Sample> samples = good_samples();
  for (Sample& sample : samples) {
    if (sample.subject == 1) sample.verdict = Verdict::timed_out;
  }
  const Plan plan = two_by_two();
  const std::string table = result_table(plan, summarise(plan, samples));
  EXPECT_THAT(table, HasSubstr("second                FAILED         FAILED "));
}

Plan three_allocators() {
  Plan plan;
  plan.rows.resize(2);
  plan.rows[0].subject.name = "first";
  plan.rows[1].subject.name = "second";
  for (Row& row : plan.rows) row.subject.command = {"/bin/true"};
  plan.allocators = {{"libc", "/libc.so", ""}, {"other", "/other.so", ""}, {"hakmem", "/h.so", ""}};
  plan.own = 2;
  return plan;
}

// Of the others, `other` wins odd rounds by far and loses even ones: luck.
std::vector<Sample> lucky_samples(const std::string& line, int rounds = 12) {
  std::vector<Sample> samples;
  for (int round = 0; round <= rounds; ++round) {
    const double lucky = round % 2 != 0 ? 0.5 : 1.25;
    const double noise = 1 + 0.001 * round;
    const double wild = round % 4 < 2 ? 1 : 1.5;
    for (std::size_t subject = 0; subject < 2; ++subject) {
      const double own = subject == 0 ? noise : wild;
      samples.push_back(sample_of(subject, 0, round, 1));
      samples.push_back(sample_of(subject, 1, round, lucky));
      samples.push_back(sample_of(subject, 2, round, own));
      samples.back().line = line;
    }
  }
  return samples;
}

TEST(Summary, TheBestPeerIsChosenOnOddRoundsAndMeasuredOnEvenOnes) {
  const Plan plan = three_allocators();
  const std::vector<Sample> samples = lucky_samples("");
  const Summary summary = summarise(plan, samples);
  const AgainstBest& best = summary.against_best[0].value();
  EXPECT_EQ(best.peer, 1U);
  EXPECT_NEAR(best.cost.median, 0.8, 0.01);
  EXPECT_EQ(best.cost.rounds, 6U);
  EXPECT_TRUE(best.decided());
  EXPECT_FALSE(summary.against_best[1]->decided());
  EXPECT_TRUE(is_decided(plan, 0, samples));
  EXPECT_FALSE(is_decided(plan, 1, samples));
  const std::string table = result_table(plan, summary);
  EXPECT_THAT(table, HasSubstr("hakmem against the best other"));
  EXPECT_THAT(table, ContainsRegex("other +0.806 ±0.004 *\nsecond"));
  EXPECT_THAT(table, ContainsRegex("other +1.000 ±0.200 +undecided\n"));
  const nlohmann::ordered_json json = result_json(plan, whole(samples), summary);
  EXPECT_EQ(json["rows"][0]["against_best"]["peer"], "other");
  EXPECT_EQ(json["rows"][0]["against_best"]["decided"], true);
}

TEST(Summary, CellsSayWhichRatiosToTheBaseAreResolved) {
  const Plan plan = three_allocators();
  const std::vector<Sample> samples = lucky_samples("");
  const Summary summary = summarise(plan, samples);
  EXPECT_TRUE(summary.cells[0][0].resolved);
  EXPECT_FALSE(summary.cells[0][1].resolved);
  EXPECT_TRUE(summary.cells[0][2].resolved);
  EXPECT_FALSE(summary.cells[1][2].resolved);
  const std::string table = result_table(plan, summary);
  EXPECT_THAT(table, ContainsRegex("first .* 0.875 ±0.375\\? +1.006 ±0.004  "));
  EXPECT_THAT(table, HasSubstr("\n?: undecided: uncertain by more than 1.5 %"));
  EXPECT_EQ(result_json(plan, whole(samples), summary)["rows"][0]["cells"][1]["resolved"], false);
}

TEST(Summary, IntervalsOfFewRoundsAreMarked) {
  const std::string few = result_table(two_by_two(), summarise(two_by_two(), good_samples()));
  EXPECT_THAT(few, HasSubstr(" 0.500 ±0.000?")) << "undecided says it already";
  EXPECT_THAT(few, HasSubstr(" 0.800 ±0.000~"));
  EXPECT_THAT(few, HasSubstr("\n~: in fewer cases, for want of rounds: 75 % with 3,"));
  const std::string many =
      result_table(three_allocators(), summarise(three_allocators(), lucky_samples("")));
  EXPECT_THAT(many, Not(HasSubstr("~")));
}

TEST(Summary, TheLimitIsAShareOfTheRatio) {
  EXPECT_TRUE(is_resolved({2, {1.975, 2.025}, 6}, 0.015));
  EXPECT_TRUE(is_resolved({1, {0.99, 1.01}, 6}, 0.015));
  EXPECT_FALSE(is_resolved({0.5, {0.49, 0.51}, 6}, 0.015));
}

TEST(Summary, WithoutAnOwnAllocatorAllMustBeCertainRelativeToTheBase) {
  Plan plan = three_allocators();
  plan.own.reset();
  std::vector<Sample> samples = lucky_samples("");
  EXPECT_FALSE(is_decided(plan, 0, samples)) << "other is not";
  Sample crash = sample_of(0, 1, 12, 1);
  crash.verdict = Verdict::crashed;
  samples.push_back(crash);
  EXPECT_TRUE(is_decided(plan, 0, samples)) << "what is left is";
  EXPECT_FALSE(is_decided(plan, 1, samples));
}

TEST(Summary, WhoFailedInARowIsNeitherTheBestNorHeldAgainstIt) {
  const Plan plan = three_allocators();
  std::vector<Sample> samples = lucky_samples("");
  Sample crash = sample_of(0, 1, 12, 1);
  crash.verdict = Verdict::crashed;
  samples.push_back(crash);
  crash.subject = 1;
  crash.allocator = 2;
  samples.push_back(crash);
  const Summary summary = summarise(plan, samples);
  EXPECT_EQ(summary.against_best[0]->peer, 0U);
  EXPECT_FALSE(summary.cells[0][1].cost.has_value());
  EXPECT_FALSE(summary.against_best[1].has_value());
}

TEST(Summary, MoreThreadsThanCoresMayBeLessCertain) {
  const Plan plan = three_allocators();
  const auto limit = [&](const std::string& line) {
    return summarise(plan, lucky_samples(line)).against_best[0]->limit;
  };
  EXPECT_DOUBLE_EQ(limit(""), 0.015);
  EXPECT_DOUBLE_EQ(limit(R"({"parameters":{"threads":1}})"), 0.015);
  EXPECT_DOUBLE_EQ(limit(R"({"parameters":{"threads":100000}})"), 0.03);
  EXPECT_DOUBLE_EQ(limit(R"({"parameters":{"pairs":100000}})"), 0.03);
}

TEST(Summary, FewRoundsDecideNothing) {
  const Plan plan = three_allocators();
  EXPECT_FALSE(summarise(plan, lucky_samples("", 4)).against_best[0].has_value());
  const std::vector<Sample> samples = lucky_samples("", 11);
  const AgainstBest best = summarise(plan, samples).against_best[0].value();
  EXPECT_EQ(best.cost.rounds, 5U);
  EXPECT_LT(best.cost.uncertainty(), 0.01);
  EXPECT_FALSE(best.decided());
  EXPECT_FALSE(is_decided(plan, 0, samples));
}

TEST(Summary, FurtherRoundsWouldNotHelpWhereOurOwnOrAllOthersFailed) {
  const Plan plan = three_allocators();
  const std::vector<Sample> samples = lucky_samples("");
  const auto decided_if_failed = [&](std::initializer_list<std::size_t> allocators) {
    std::vector<Sample> some = samples;
    for (const std::size_t allocator : allocators) {
      Sample sample = sample_of(1, allocator, 9, 1);
      sample.verdict = Verdict::crashed;
      some.push_back(sample);
    }
    return is_decided(plan, 1, some);
  };
  EXPECT_FALSE(decided_if_failed({0}));
  EXPECT_TRUE(decided_if_failed({2}));
  EXPECT_TRUE(decided_if_failed({0, 1}));
}

// The floor takes 0.4 of libc's 1, our own 0.55.
std::vector<Sample> samples_with_floor(double noise) {
  std::vector<Sample> samples;
  for (int round = 0; round <= 12; ++round) {
    samples.push_back(sample_of(0, 0, round, 1));
    samples.push_back(sample_of(0, 1, round, 2));
    samples.push_back(sample_of(0, 2, round, 0.55));
    samples.push_back(sample_of(0, 3, round, 0.4 + noise * (round % 4 < 2 ? 1 : -1)));
  }
  return samples;
}

TEST(Summary, TheNetCostIsLessTheFloorOfTheSameRound) {
  const Plan plan = three_allocators();
  const Summary summary = summarise(plan, samples_with_floor(0));
  EXPECT_DOUBLE_EQ(summary.floor_cost[0], 0.4);
  EXPECT_NEAR(summary.cells[0][2].net_cost->median, 0.25, 1e-9);
  EXPECT_NEAR(summary.cells[0][2].cost->median, 0.55, 1e-9);
  const AgainstBest& best = summary.against_best[0].value();
  EXPECT_EQ(best.peer, 0U);
  EXPECT_NEAR(best.net->median, 0.25, 1e-9);
  EXPECT_FALSE(best.below_resolution);
  EXPECT_FALSE(summary.cells[1][2].net_cost.has_value()) << "this row has no floor";
}

TEST(Summary, AFloorThatFailedIsNamed) {
  const Plan plan = three_allocators();
  std::vector<Sample> samples = samples_with_floor(0);
  samples.back().verdict = Verdict::crashed;
  samples.back().detail = "signal 11";
  const Summary summary = summarise(plan, samples);
  EXPECT_EQ(summary.failures, 1U);
  EXPECT_THAT(result_table(plan, summary),
              HasSubstr("FAILED first under the floor: 1 run, first: crashed: signal 11\n"));
}

TEST(Summary, GrowsAsOneThatIsMadeAnew) {
  const Plan plan = three_allocators();
  const std::vector<Sample> samples = lucky_samples("");
  GrowingSummary growing(plan);
  std::vector<Sample> some;
  for (const Sample& sample : samples) {
    some.push_back(sample);
    growing.update(some);
  }
  some[5].verdict = Verdict::wrong_output;
  const auto text_of = [&](const Summary& summary) {
    return result_json(plan, whole(some), summary)["rows"].dump();
  };
  EXPECT_EQ(text_of(growing.update(some)), text_of(summarise(plan, some)));
}

TEST(Summary, ANetCostWithinTheNoiseIsBelowResolution) {
  const Plan plan = three_allocators();
  const Summary summary = summarise(plan, samples_with_floor(0.39));
  EXPECT_TRUE(summary.against_best[0]->below_resolution);
  EXPECT_THAT(result_table(plan, summary), HasSubstr("  below resolution\n"));
}

TEST(Summary, NetMemoryIsLessWhatTheProgramStartsWithUnderLibc) {
  std::vector<Sample> samples = good_samples();
  for (Sample& sample : samples) {
    sample.start_rss_bytes = sample.allocator == 0 ? 60'000'000 : 99'000'000;
    sample.peak_rss_bytes *= 1'000'000;
    sample.after_rss_bytes = sample.allocator == 0 ? 70'000'000 : 75'000'000;
  }
  const Cell& cell = summarise(two_by_two(), samples).cells[0][1];
  EXPECT_DOUBLE_EQ(cell.peak->median, 0.8);
  EXPECT_DOUBLE_EQ(cell.net_peak->median, 0.5);
  EXPECT_DOUBLE_EQ(cell.net_after->median, 1.5);
  EXPECT_EQ(cell.net_after->rounds, 4U) << "the warm-up tells of memory as well";
}

TEST(Summary, WhoHoldsNoMoreThanAtTheStartHoldsAPage) {
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::vector<Sample> samples = good_samples();
  for (Sample& sample : samples) {
    sample.start_rss_bytes = 10 * page;
    sample.peak_rss_bytes = 20 * page;
    sample.after_rss_bytes = sample.allocator == 0 ? 14 * page : 9 * page;
  }
  const Cell& cell = summarise(two_by_two(), samples).cells[0][1];
  ASSERT_TRUE(cell.net_after.has_value()) << "the best outcome is not left out";
  EXPECT_DOUBLE_EQ(cell.net_after->median, 0.25);
}

TEST(Summary, TheJsonNamesMachineAllocatorsAndEverySample) {
  const Plan plan = two_by_two();
  const std::vector<Sample> samples = good_samples();
  const nlohmann::ordered_json json = result_json(plan, whole(samples), summarise(plan, samples));
  for (const char* const key : {"kernel", "processor", "huge_pages", "libc", "compiler"}) {
    EXPECT_FALSE(json["machine"][key].get<std::string>().empty()) << key;
  }
  EXPECT_EQ(json["base"], "libc");
  EXPECT_EQ(json["allocators"][1]["path"], "/other.so");
  EXPECT_EQ(json["rows"][0]["samples"].size(), 8U);
  EXPECT_EQ(json["rows"][0]["samples"][0]["counted"], false);
  EXPECT_DOUBLE_EQ(json["rows"][0]["cells"][1]["cost_ratio"]["median"], 0.5);
}

}  // namespace
}  // namespace hakmem::cli
