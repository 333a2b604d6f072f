// ab_command_test.cc: `hakmem ab` from the command line to the record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "ab/flavour.h"
#include "ab/gate.h"
#include "ab/record.h"
#include "ab/relink.h"
#include "command_line.h"
#include "file_text.h"
#include "measure/temporary_folder.h"
#include "result/result_file.h"
#include "user_error.h"

namespace hakmem::cli::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST(Ab, RefusesWhatCouldDecideNothing) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "out";
  const std::string pair = hakmem_library() + " " + hakmem_library();
  const struct {
    std::string arguments;
    std::string says;
  } list[] = {
      {"", "required"},
      {hakmem_library(), "required"},
      {"/no/such.so " + hakmem_library() + " --target tiny_hot", "/no/such.so"},
      {pair, "no target row"},
      {pair + " --target nosuch", "no such workload"},
      {pair + " --target tiny_hot --guard tiny_hot", "stands in it twice"},
      {pair + " --target tiny_hot --rounds 20", "rounds"},
      {pair + " --gate /no/such/gate.json", "/no/such/gate.json"},
      {hakmem_library() + " " + std::string(HAKMEM_OBSERVE_LIBRARY) + " --target tiny_hot",
       "counts every call"},
      {slow_library() + " " + hakmem_library() + " --target tiny_hot", "does not run under it"},
      {hakmem_library() + " " + HAKMEM_EMPTY_LIBRARY + " --target tiny_hot", "malloc came from"},
  };
  for (const auto& refused : list) {
    const Outcome outcome = run_hakmem("ab " + refused.arguments + " --out " + out);
    EXPECT_EQ(outcome.status, 2) << refused.arguments << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(refused.says)) << refused.arguments;
    EXPECT_FALSE(fs::exists(fs::path(out) / "gate.json")) << refused.arguments;
  }
}

TEST(Ab, AGivenGateIsTheWholeRuleAndIsCopied) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "out";
  const std::string given = folder.path() / "given.json";
  Gate gate;
  gate.name = "box";
  gate.target = {"tiny_hot:size=48"};
  write_json(given, gate_json(gate));
  const std::string command =
      "ab " + hakmem_library() + " " + hakmem_library() + " --gate " + given;
  for (const std::string more : {"--memory", "--rounds 21", "--name other", "--target tiny_hot"}) {
    const Outcome outcome = run_hakmem(command + " " + more + " --out " + out);
    EXPECT_EQ(outcome.status, 2) << more;
    EXPECT_THAT(outcome.output, HasSubstr("the rule stands in " + given)) << more;
  }
  // In its own folder, named after the gate.
  run_shell("cd " + folder.path().string() + " && { " + HAKMEM_COMMAND + " " + command +
            " & until [ -e ab-box/gate.json ] || ! kill -0 $!; do sleep 0.05; done; kill -TERM $!; "
            "wait $!; }");
  EXPECT_EQ(read_gate(folder.path() / "ab-box" / "gate.json"), gate);
}

TEST(Ab, ItsLedgerIsWritableBeforeTheFirstRun) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "out";
  const Outcome outcome = run_hakmem("ab " + hakmem_library() + " " + hakmem_library() +
                                     " --target tiny_hot --ledger /proc/no/ledger --out " + out);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.output, HasSubstr("/proc/no/ledger"));
  EXPECT_FALSE(fs::exists(fs::path(out) / "gate.json"));
}

// Screening of a library that is slower than the other does not settle it: a decision follows.
TEST(Ab, WhatWasMeasuredBeforeAnInterruptIsKeptStageByStage) {
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "out";
  const std::string command = std::string(HAKMEM_COMMAND) + " ab " + HAKMEM_PLAIN_LIBRARY + " " +
                              HAKMEM_PADDED_LIBRARY +
                              " --target tiny_hot:size=48,cycles=2000 --out " + out.string();
  // Interrupted when the file of the first stage is there and the second has begun its rounds.
  const Outcome outcome =
      run_shell(command + " 2>" + folder.path().string() +
                "/progress & ab=$!; until grep -q 'round 2 of 21' " + folder.path().string() +
                "/progress || ! kill -0 $ab; do sleep 0.05; done; cp " + out.string() +
                "/result.json " + folder.path().string() + "/first.json; kill -TERM $ab; wait $ab");
  EXPECT_EQ(outcome.status, 128 + SIGTERM) << outcome.output;
  const auto first = nlohmann::json::parse(text_of(folder.path() / "first.json"));
  EXPECT_EQ(first["interrupted"], true);
  ASSERT_EQ(first["links"].size(), 1U);
  EXPECT_EQ(first["links"][0]["screening"]["rows"][0]["name"], "tiny_hot:size=48,cycles=2000");
  EXPECT_FALSE(first["links"][0].contains("rows"));
  const auto last = nlohmann::json::parse(text_of(out / "result.json"));
  EXPECT_EQ(last["decision"], "none");
  ASSERT_EQ(last["links"].size(), 1U);
  EXPECT_EQ(last["links"][0]["screening_rows"], first["links"][0]["screening_rows"]);
  EXPECT_GE(last["links"][0]["rows"][0]["samples"].size(), 3U);
  EXPECT_FALSE(last["links"][0].contains("decision"));
}

TEST(Ab, AnInterruptedScreeningHasRowsAndNoVerdict) {
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "out";
  const std::string progress = folder.path() / "progress";
  const Outcome outcome =
      run_shell(std::string(HAKMEM_COMMAND) + " ab " + HAKMEM_PLAIN_LIBRARY + " " +
                HAKMEM_PADDED_LIBRARY + " --target tiny_hot:size=48,cycles=2000 --out " +
                out.string() + " 2>" + progress + " & ab=$!; until grep -q 'round 2 of 10' " +
                progress + " || ! kill -0 $ab; do sleep 0.05; done; kill -TERM $ab; wait $ab");
  EXPECT_EQ(outcome.status, 128 + SIGTERM) << outcome.output;
  const auto result = nlohmann::json::parse(text_of(out / "result.json"));
  EXPECT_EQ(result["decision"], "none");
  ASSERT_EQ(result["links"].size(), 1U);
  EXPECT_GE(result["links"][0]["screening_rows"][0]["samples"].size(), 3U);
  EXPECT_FALSE(result["links"][0].contains("screening"));
  EXPECT_FALSE(result["links"][0].contains("decision"));
}

TEST(Ab, ARunThatFailedIsNamed) {
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "out";
  // Sound for all but calloc_fresh.
  const Outcome outcome = run_shell("CORRUPTING_MALLOC=dirty " + std::string(HAKMEM_COMMAND) +
                                    " ab " + hakmem_library() + " " + corrupting_library() +
                                    " --target calloc_fresh --out " + out.string());
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  const std::string what = "calloc_fresh under treat failed: corrupt: ";
  EXPECT_THAT(outcome.output, HasSubstr("none: " + what));
  EXPECT_THAT(text_of(out / "record.md"), HasSubstr(what));
  EXPECT_THAT(text_of(out / "ledger.jsonl"), HasSubstr(what));
}

TEST(Ab, TheGateStandsBeforeTheFirstRunAndIsNotChanged) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "out";
  const std::string command = "ab " + hakmem_library() + " " + hakmem_library() + " --out " + out +
                              " --target tiny_hot:size=48 --guard fifo_hot:size=48 ";
  const Outcome cut_off =
      run_shell("timeout -s INT 3 " + std::string(HAKMEM_COMMAND) + " " + command);
  EXPECT_THAT(cut_off.output, HasSubstr("nothing is decided"));
  const auto gate = nlohmann::json::parse(text_of(fs::path(out) / "gate.json"));
  EXPECT_EQ(gate["target"][0], "tiny_hot:size=48");
  EXPECT_EQ(gate["decide_rounds"], 21);
  const Outcome other = run_hakmem(command + "--rounds 22");
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.output, HasSubstr("a gate is not changed"));
  const auto result = nlohmann::json::parse(text_of(fs::path(out) / "result.json"));
  EXPECT_EQ(result["decision"], "none");
  EXPECT_EQ(result["interrupted"], true);
  EXPECT_FALSE(fs::exists(fs::path(out) / "record.md")) << "nothing was decided";
}

// A result as the command writes it.
nlohmann::ordered_json result_of_two_links() {
  const nlohmann::ordered_json ratio = {
      {"median", 0.95}, {"low", 0.94}, {"high", 0.96}, {"coverage", 0.95}, {"rounds", 21}};
  nlohmann::ordered_json of_few = ratio;
  of_few.update({{"coverage", 0.75}, {"rounds", 3}});
  const nlohmann::ordered_json verdict = {{"decision", "GO"},
                                          {"reason", "the target takes -5.0 %"},
                                          {"target_cost_ratio", ratio},
                                          {"target_peak_rss_ratio", ratio},
                                          {"rows",
                                           {{{"name", "tiny_hot"},
                                             {"role", "target"},
                                             {"cost_ratio", ratio},
                                             {"peak_rss_ratio", ratio},
                                             {"after_rss_ratio", of_few}}}}};
  nlohmann::ordered_json result = new_result("ab");
  result["gate"] = {{"name", "box"}, {"target", {"tiny_hot"}}};
  result["allocators"] = {{{"build_id", "aa"}}, {{"build_id", "bb"}}};
  result["links"] = {{{"order", "as built"}, {"screening", verdict}, {"decision", verdict}},
                     {{"order", "link order 1"}, {"screening", verdict}}};
  result["decision"] = "GO";
  result["reason"] = "the target takes -5.0 %";
  return result;
}

TEST(Record, SaysWhatWasComparedByWhichRuleAndWhatCameOut) {
  const std::string text = record_text(result_of_two_links());
  for (const char* const part :
       {"# box: GO\n", "build id aa", "build id bb",
        "`{\"name\":\"box\",\"target\":[\"tiny_hot\"]}`",
        "as built, decision: GO (the target takes -5.0 %)", "link order 1, screening: GO",
        "| tiny_hot | target | 0.950 ±0.010 | 0.950 ±0.010 | 0.950 ±0.010~ |"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(Ledger, GetsALineThatIsJson) {
  const TemporaryFolder folder;
  const fs::path ledger = folder.path() / "ledger.jsonl";
  append_line(ledger, ledger_line(result_of_two_links()));
  append_line(ledger, ledger_line(result_of_two_links()));
  std::istringstream lines(text_of(ledger));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["decision"], "GO");
    EXPECT_EQ(json["link_orders"], 2);
    EXPECT_EQ(json["stage"], "screening") << "of the last link order";
  }
  EXPECT_EQ(count, 2);
  EXPECT_THROW(append_line("/proc/no/ledger", "x"), UserError);
}

TEST(Ledger, ADiskThatFillsUpLeavesNoPartOfALine) {
  const TemporaryFolder folder;
  const fs::path ledger = folder.path() / "ledger.jsonl";
  append_line(ledger, "first");
  // As a full disk does: a part of the line fits.
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit little = {fs::file_size(ledger) + 4, before.rlim_max};
  const auto on_excess = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  EXPECT_THROW(append_line(ledger, "second"), UserError);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, on_excess);
  EXPECT_EQ(text_of(ledger), "first\n");
  append_line(ledger, "second");
  EXPECT_EQ(text_of(ledger), "first\nsecond\n");
}

TEST(Ledger, WhetherItCanBeWrittenIsKnownBefore) {
  const TemporaryFolder folder;
  const fs::path ledger = folder.path() / "ledger.jsonl";
  require_appendable(ledger);
  EXPECT_FALSE(fs::exists(ledger)) << "asking leaves nothing behind";
  append_line(ledger, "first");
  require_appendable(ledger);
  EXPECT_EQ(text_of(ledger), "first\n");
  EXPECT_THROW(require_appendable("/proc/no/ledger"), UserError);
  EXPECT_THROW(require_appendable(folder.path()), UserError) << "a folder";
}

TEST(Flavour, IsToldByWhatTheLibraryCounts) {
  EXPECT_FALSE(counts_calls(parse_allocator("x=" + hakmem_library())));
  EXPECT_TRUE(counts_calls(parse_allocator("x=" + std::string(HAKMEM_OBSERVE_LIBRARY))));
  EXPECT_FALSE(counts_calls(parse_allocator("libc")));
}

TEST(Relink, GivesAnotherOrderOfTheSameCode) {
  const TemporaryFolder folder;
  const fs::path library = fs::canonical(hakmem_library());
  const fs::path first = relink(library, 1, folder.path());
  const fs::path second = relink(library, 2, folder.path());
  const auto order_of = [](const fs::path& path) {
    return run_shell("nm -n --defined-only " + path.string() +
                     " | awk '$2 == \"t\" || $2 == \"T\" {print $3}'")
        .output;
  };
  const auto sorted_order_of = [](const fs::path& path) {
    return run_shell("nm --defined-only " + path.string() +
                     " | awk '$2 == \"t\" || $2 == \"T\" {print $3}' | sort")
        .output;
  };
  EXPECT_NE(order_of(first), order_of(second));
  EXPECT_EQ(sorted_order_of(first), sorted_order_of(second));
  EXPECT_EQ(
      run_shell("LD_PRELOAD=" + first.string() + " " + workload_path("tiny_hot") + " cycles=100")
          .status,
      0);
}

TEST(Relink, NeedsABuildTree) {
  const TemporaryFolder folder;
  fs::copy(fs::canonical(hakmem_library()), folder.path() / "libx.so");
  EXPECT_THROW(relink(folder.path() / "libx.so", 1, folder.path()), UserError);
}

}  // namespace
}  // namespace hakmem::cli::testing
