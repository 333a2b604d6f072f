// verdict_test.cc: GO, NEUTRAL and NO-GO need the bound and the interval.
#include "ab/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace hakmem::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Gate gate_of(Claim claim) {
  Gate gate;
  gate.name = "x";
  gate.claim = claim;
  gate.target = {"first", "second"};
  gate.guard = {"guarded"};
  return gate;
}

Plan three_rows() {
  Plan plan;
  for (const char* const name : {"first", "second", "guarded"}) {
    plan.rows.emplace_back();
    plan.rows.back().subject.name = name;
  }
  plan.allocators = {{"base", "/b.so", ""}, {"treat", "/t.so", ""}};
  plan.base = base_place;
  plan.own = treat_place;
  return plan;
}

struct Effect {
  double cost = 1;
  double memory = 1;
  double noise = 0.002;  // of single rounds
};

// 21 rounds; the machine's mood, which changes by half, hits both alike.
std::vector<Sample> samples_with(const std::vector<Effect>& effects) {
  std::vector<Sample> samples;
  for (std::size_t row = 0; row < effects.size(); ++row) {
    const Effect& effect = effects[row];
    for (int round = 0; round <= 21; ++round) {
      const double mood = round % 5 == 0 ? 1.5 : 1;
      const double noise = 1 + effect.noise * (round % 3 - 1);
      for (const std::size_t place : {base_place, treat_place}) {
        Sample sample;
        sample.subject = row;
        sample.allocator = place;
        sample.round = round;
        sample.cost = sample.seconds = mood * (place == treat_place ? effect.cost * noise : 1);
        sample.peak_rss_bytes =
            static_cast<std::uint64_t>(1e6 * (place == treat_place ? effect.memory : 1));
        samples.push_back(sample);
      }
    }
  }
  return samples;
}

AbVerdict verdict_of(const std::vector<Effect>& effects, Claim claim = Claim::time) {
  return judge(gate_of(claim), three_rows(), samples_with(effects));
}

TEST(Verdict, TheSameIsNeutral) {
  const AbVerdict verdict = verdict_of({{}, {}, {}});
  EXPECT_EQ(verdict.decision, Decision::neutral);
  EXPECT_FALSE(verdict.failed);
}

TEST(Verdict, AGainBeyondTheBoundIsGo) {
  EXPECT_EQ(verdict_of({{0.98}, {0.98}, {}}).decision, Decision::go);
  EXPECT_EQ(verdict_of({{0.995}, {0.995}, {}}).decision, Decision::neutral);
}

TEST(Verdict, TargetsAreJudgedByTheirGeometricMean) {
  const AbVerdict verdict = verdict_of({{0.96}, {1}, {}});
  EXPECT_EQ(verdict.decision, Decision::go);
  EXPECT_NEAR(verdict.target_cost->median, std::sqrt(0.96), 0.002);
  EXPECT_EQ(verdict.target_cost->rounds, 21U);
}

TEST(Verdict, ALossBeyondTheBoundIsNoGoWhereverItIs) {
  EXPECT_EQ(verdict_of({{1.02}, {1.02}, {}}).decision, Decision::no_go);
  EXPECT_EQ(verdict_of({{0.9}, {1.02}, {}}).decision, Decision::no_go);
  const AbVerdict guarded = verdict_of({{0.9}, {0.9}, {1.02}});
  EXPECT_EQ(guarded.decision, Decision::no_go);
  EXPECT_THAT(guarded.reason, HasSubstr("guarded takes +2.0 %"));
}

TEST(Verdict, WithoutTheIntervalTheBoundIsNotEnough) {
  // Median 1.02 or 0.98, but rounds of either sign.
  EXPECT_EQ(verdict_of({{1.02, 1, 0.5}, {1.02, 1, 0.5}, {}}).decision, Decision::neutral);
  EXPECT_EQ(verdict_of({{0.98, 1, 0.5}, {0.98, 1, 0.5}, {}}).decision, Decision::neutral);
}

TEST(Verdict, NothingGoesWithARowWhoseMedianHasLost) {
  // The guard's median is 5 % slower, and its interval includes 0: no NO-GO, and no GO.
  const AbVerdict time = verdict_of({{0.9}, {0.9}, {1.05, 1, 0.2}});
  EXPECT_EQ(time.decision, Decision::neutral);
  EXPECT_THAT(time.reason, HasSubstr("guarded takes +5.0 %"));
  const Effect leaner{1, 0.9};
  EXPECT_EQ(verdict_of({leaner, leaner, {1.05, 1, 0.2}}, Claim::memory).decision,
            Decision::neutral);
  const Effect noisily_slower{1.03, 0.9, 0.2};
  EXPECT_EQ(verdict_of({noisily_slower, noisily_slower, {}}, Claim::memory).decision,
            Decision::neutral);
  // Within the bound a guard may be as noisy as it likes.
  EXPECT_EQ(verdict_of({{0.9}, {0.9}, {1.005, 1, 0.2}}).decision, Decision::go);
}

TEST(Verdict, MemoryLostForTimeIsNoGo) {
  const AbVerdict verdict = verdict_of({{0.9}, {0.9}, {1, 1.06}});
  EXPECT_EQ(verdict.decision, Decision::no_go);
  EXPECT_THAT(verdict.reason, HasSubstr("guarded holds +6.0 % of memory"));
}

TEST(Verdict, AClaimOfMemoryNeedsMemoryAndNoLossOfTime) {
  const Effect leaner{1, 0.9};
  EXPECT_EQ(verdict_of({leaner, leaner, {}}, Claim::memory).decision, Decision::go);
  EXPECT_EQ(verdict_of({{1, 0.97}, {1, 0.97}, {}}, Claim::memory).decision, Decision::neutral);
  EXPECT_EQ(verdict_of({leaner, leaner, {1.02}}, Claim::memory).decision, Decision::no_go);
  EXPECT_EQ(verdict_of({{0.9}, {0.9}, {}}, Claim::memory).decision, Decision::neutral);
}

TEST(Verdict, AFailedRunDecidesNothing) {
  std::vector<Sample> samples = samples_with({{0.9}, {0.9}, {}});
  samples.back().verdict = Verdict::crashed;
  const AbVerdict verdict = judge(gate_of(Claim::time), three_rows(), samples);
  EXPECT_TRUE(verdict.failed);
  EXPECT_EQ(verdict_json(verdict)["decision"], "none");
  EXPECT_THAT(verdict.reason, HasSubstr("guarded under treat failed: crashed"));
}

TEST(Verdict, NothingIsDecidedWithoutARoundOfBoth) {
  std::vector<Sample> samples = samples_with({{0.9}, {0.9}, {}});
  std::erase_if(samples, [](const Sample& sample) {
    return sample.subject == 1 && sample.allocator == base_place;
  });
  const AbVerdict verdict = judge(gate_of(Claim::time), three_rows(), samples);
  EXPECT_TRUE(verdict.failed);
  EXPECT_EQ(verdict.reason, "second has no round of both");
}

TEST(Screening, OnlyWhatIsAsGoodAsEqualIsScreenedOut) {
  const Gate gate = gate_of(Claim::time);
  EXPECT_TRUE(is_screened_out(gate, verdict_of({{}, {}, {}})));
  EXPECT_FALSE(is_screened_out(gate, verdict_of({{0.97}, {0.97}, {}})));
  EXPECT_FALSE(is_screened_out(gate, verdict_of({{}, {}, {1.03}})));
  EXPECT_FALSE(is_screened_out(gate, verdict_of({{1, 1, 0.1}, {1, 1, 0.1}, {}})));
  EXPECT_FALSE(is_screened_out(gate_of(Claim::memory), verdict_of({{1, 0.9}, {1, 0.9}, {}})));
}

TEST(Screening, WhatHoldsMoreMemoryIsNotScreenedOut) {
  const Gate gate = gate_of(Claim::time);
  EXPECT_EQ(verdict_of({{}, {}, {1, 1.2}}).decision, Decision::no_go);
  EXPECT_FALSE(is_screened_out(gate, verdict_of({{}, {}, {1, 1.2}})));
  EXPECT_FALSE(is_screened_out(gate, verdict_of({{1, 1.06}, {}, {}})));
  EXPECT_TRUE(is_screened_out(gate, verdict_of({{}, {}, {1, 1.04}})));
  EXPECT_TRUE(is_screened_out(gate, verdict_of({{}, {}, {1, 0.8}}))) << "less is no loss";
  AbVerdict after = verdict_of({{}, {}, {}});
  after.rows[2].after = Ratio{1.2, {1.19, 1.21}, 3};
  EXPECT_FALSE(is_screened_out(gate, after));
}

TEST(Verdict, IsShownWithEveryRow) {
  const AbVerdict verdict = verdict_of({{0.9}, {0.9}, {1, 1.02}});
  EXPECT_THAT(verdict_text(verdict), HasSubstr("guarded  guard    1.000 ±0.0"));
  EXPECT_THAT(verdict_text(verdict), Not(HasSubstr("~")));
  AbVerdict after = verdict;
  after.rows[2].after = Ratio{1.2, {1.19, 1.21, 0.75}, 3};
  EXPECT_THAT(verdict_text(after), HasSubstr("1.200 ±0.010~\n"));
  EXPECT_THAT(verdict_text(after), HasSubstr("\n~: in fewer cases")) << "and says what it means";
  const auto json = verdict_json(verdict);
  EXPECT_EQ(json["rows"][2]["role"], "guard");
  EXPECT_NEAR(json["rows"][2]["peak_rss_ratio"]["median"].get<double>(), 1.02, 1e-6);
}

}  // namespace
}  // namespace hakmem::cli
