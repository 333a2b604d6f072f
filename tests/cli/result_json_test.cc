// result_json_test.cc: what is written of a comparison can be taken up again, by the same machine
// and for the same question only.
#include "compare/result_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "measure/temporary_folder.h"
#include "user_error.h"

namespace hakmem::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

Plan two_rows() {
  Plan plan;
  for (const char* const text : {"tiny_hot:size=16", "tiny_hot:size=32"}) {
    plan.rows.push_back({parse_workload(text), 0});
  }
  plan.allocators = {parse_allocator("libc"), parse_allocator("hakmem")};
  plan.own = 1;
  return plan;
}

// The first row is whole, the second was cut off.
Measured half_measured() {
  Measured measured;
  measured.complete = {true, false};
  for (std::size_t row = 0; row < 2; ++row) {
    for (std::size_t allocator = 0; allocator <= 2; ++allocator) {  // the floor last
      Sample sample;
      sample.subject = row;
      sample.allocator = allocator;
      sample.round = 1;
      sample.seconds = 0.5;
      sample.cost = 0.25;
      sample.peak_rss_bytes = 1000;
      sample.after_rss_bytes = 900;
      sample.exit_status = 1;
      sample.output_digest = ~std::uint64_t{0};
      sample.line = R"({"start_rss_bytes":800})";
      sample.start_rss_bytes = 800;
      measured.samples.push_back(sample);
    }
  }
  measured.samples.back().verdict = Verdict::timed_out;
  measured.samples.back().detail = "killed, \"late\"";
  return measured;
}

Json written() {
  Plan plan = two_rows();
  plan.rows[0].scale = Scale{"cycles", 77};
  plan.rows[0].subject.has_floor = true;
  plan.rows[0].expected_seconds = 0.5;
  const Measured measured = half_measured();
  return result_json(plan, measured, summarise(plan, measured.samples));
}

TEST(Resume, EverySampleIsKept) {
  Plan plan = two_rows();
  const Measured measured = resume(plan, written());
  EXPECT_THAT(measured.complete, ElementsAre(true, false));
  ASSERT_EQ(measured.samples.size(), 6U);
  EXPECT_EQ(measured.samples[3].subject, 1U);
  EXPECT_EQ(measured.samples.back().verdict, Verdict::timed_out);
  const Sample& sample = measured.samples[2];
  EXPECT_EQ(sample.allocator, plan.floor());
  EXPECT_EQ(sample.round, 1);
  EXPECT_EQ(sample.cost, 0.25);
  EXPECT_EQ(sample.peak_rss_bytes, 1000U);
  EXPECT_EQ(sample.after_rss_bytes, 900U);
  EXPECT_EQ(sample.start_rss_bytes, 800U);
  EXPECT_EQ(sample.exit_status, 1);
  EXPECT_EQ(sample.output_digest, ~std::uint64_t{0});
  EXPECT_TRUE(plan.rows[0].subject.has_floor);
  EXPECT_THAT(plan.rows[0].command(), ElementsAre(::testing::_, "size=16", "cycles=77"));
  EXPECT_THAT(plan.rows[1].command(), ElementsAre(::testing::_, "size=32"));
}

TEST(Resume, IsRefusedWhereAnythingDiffers) {
  struct Change {
    std::string says;
    std::function<void(Json&, Plan&)> make;
  };
  const Change changes[] = {
      {"the machine's kernel was \"1.0\"", [](Json& j, Plan&) { j["machine"]["kernel"] = "1.0"; }},
      {"the machine's huge_pages", [](Json& j, Plan&) { j["machine"]["huge_pages"] = "never"; }},
      {"the machine's processor", [](Json& j, Plan&) { j["machine"]["processor"] = "other"; }},
      {"the setting rounds was 12, and is 9", [](Json&, Plan& p) { p.rounds = 9; }},
      {"the setting after_every was 3, and is 1", [](Json&, Plan& p) { p.after_every = 1; }},
      {"the setting environment was {\"MALLOC_X\":\"1\"}, and is {}",
       [](Json& j, Plan&) { j["settings"]["environment"]["MALLOC_X"] = "1"; }},
      {"the command of tiny_hot:size=16",
       [](Json&, Plan& p) { p.rows[0].subject.command.emplace_back("batch=3"); }},
      {"the environment of tiny_hot:size=16",
       [](Json&, Plan& p) { p.rows[0].subject.environment.emplace_back("A=B"); }},
      {"the load of tiny_hot:size=16", [](Json&, Plan& p) { p.rows[0].subject.load = {"x"}; }},
      {"the release of tiny_hot:size=16",
       [](Json&, Plan& p) { p.rows[0].subject.release = {"x"}; }},
      {"the judged_process of tiny_hot:size=16",
       [](Json&, Plan& p) { p.rows[0].subject.judged_process = "x"; }},
      {"the metric of tiny_hot:size=16",
       [](Json&, Plan& p) { p.rows[0].subject.metric = parse_metric("x", true); }},
      {"the same_output of tiny_hot:size=16",
       [](Json&, Plan& p) { p.rows[0].subject.same_output = true; }},
      {"the whole_tree of tiny_hot:size=16",
       [](Json&, Plan& p) { p.rows[0].subject.whole_tree = true; }},
      {"the kind of tiny_hot:size=16",
       [](Json&, Plan& p) { p.rows[0].subject.kind = SubjectKind::program; }},
      {"the setting processors", [](Json& j, Plan&) { j["settings"]["processors"] = "1022"; }},
      {"the library of hakmem", [](Json& j, Plan&) { j["allocators"][1]["identity"] = "00"; }},
      {"an allocator", [](Json&, Plan& p) { p.allocators[1].name = "other"; }},
      {"the number of allocators", [](Json&, Plan& p) { p.allocators.pop_back(); }},
      {"the number of rows", [](Json&, Plan& p) { p.rows.pop_back(); }},
      {"a row was", [](Json&, Plan& p) { p.rows[0].subject.name = "other"; }},
      {"tiny_hot", [](Json& j, Plan&) { j["rows"][0]["build_id"] = "00"; }},
      {"the kind of the result", [](Json& j, Plan&) { j["kind"] = "soak"; }},
      {"no whole comparison", [](Json& j, Plan&) { j.erase("settings"); }},
      {"no whole comparison", [](Json& j, Plan&) { j["rows"][0]["samples"][0].erase("cost"); }},
  };
  for (const Change& change : changes) {
    Plan plan = two_rows();
    Json result = written();
    change.make(result, plan);
    try {
      resume(plan, result);
      ADD_FAILURE() << "not refused: " << change.says;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr(change.says));
    }
  }
}

TEST(Resume, ARowThatHadAProblemIsMeasuredAnew) {
  Plan missing = two_rows();
  missing.rows[1].subject = {};
  missing.rows[1].subject.name = "tiny_hot:size=32";
  missing.rows[1].subject.command = {"tiny_hot"};
  missing.rows[1].subject.problem = "not installed";
  Measured measured = half_measured();
  measured.complete = {true, true};
  const Json result = result_json(missing, measured, summarise(missing, measured.samples));
  Plan plan = two_rows();
  const Measured kept = resume(plan, result);
  EXPECT_THAT(kept.complete, ElementsAre(true, false));
  EXPECT_EQ(kept.samples.size(), 3U);
  EXPECT_THAT(plan.rows[1].command(), ElementsAre(::testing::_, "size=32"));
}

TEST(Resume, AFileWithoutABuildIdIsKnownByWhatItHolds) {
  const TemporaryFolder folder;
  const std::string script = folder.path() / "script";
  Plan plan;
  plan.rows = {{{}, 0}};
  plan.rows[0].subject.name = "script";
  plan.rows[0].subject.command = {script};
  plan.allocators = {parse_allocator("libc")};
  Measured measured;
  measured.complete = {true};
  const auto write = [&script](const char* text) { std::ofstream(script) << text; };
  write("#!/bin/sh\necho 1\n");
  const Json result = result_json(plan, measured, summarise(plan, {}));
  EXPECT_NO_THROW(resume(plan, result));
  write("#!/bin/sh\necho 2\n");
  EXPECT_THROW(resume(plan, result), UserError);
}

TEST(Csv, HoldsEverySampleAndQuotesNames) {
  Plan plan = two_rows();
  plan.rows[1].subject.name = "a \"b\",c";
  const std::string csv = samples_csv(plan, half_measured().samples);
  EXPECT_THAT(csv, HasSubstr("row,allocator,round,counted,verdict,"));
  EXPECT_THAT(csv, HasSubstr("\r\n\"tiny_hot:size=16\",\"libc\",1,true,ok,0.5,0.25,1000,900\r\n"));
  EXPECT_THAT(csv, HasSubstr("\r\n\"a \"\"b\"\",c\",\"floor\",1,true,timed out,0.5,"));
}

}  // namespace
}  // namespace hakmem::cli
