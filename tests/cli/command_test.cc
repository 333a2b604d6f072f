// command_test.cc: the `hakmem` command as a user meets it, bad input first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "command_line.h"
#include "hakmem.h"
#include "measure/temporary_folder.h"

namespace hakmem::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

nlohmann::json written_in(const TemporaryFolder& folder) {
  return nlohmann::json::parse(std::ifstream(folder.path() / "result.json"));
}

struct Refused {
  std::string arguments;
  int status;
  std::string says;
};

TEST(Command, RefusesWrongCommandLines) {
  const Refused list[] = {
      {"", 2, "subcommand"},
      {"nosuch", 2, "nosuch"},
      {"version --nosuch", 2, "--nosuch"},
      {"run", 2, "no program"},
      {"run --", 2, "no program"},
      {"run --nosuch -- true", 2, "--nosuch"},
      {"run true", 2, "true"},
      {"run -- no-such-program-here", 127, "no such program"},
      {"run -- /etc/passwd", 126, "not executable"},
      {"run --library /no/such.so -- true", 2, "/no/such.so"},
      {"run --library /etc/passwd -- true", 2, "not a shared library"},
      {"compare", 2, "nothing to run"},
      {"compare --workload nosuch", 2, "there are: aligned"},
      {"compare --workload counts", 2, "no such workload"},
      {"compare --workload ../bin/hakmem", 2, "no such workload"},
      {"compare --workload tiny_hot:,", 2, "empty argument"},
      {"compare --suite nosuch", 2, "there are: quick"},
      {"compare --workload tiny_hot tiny_hot", 2, "two rows are called tiny_hot"},
      {"compare --program 'sh' -- sh", 2, "two rows are called sh"},
      {"compare --program 'sh; sh'", 2, "cannot be split into words"},
      {"compare --server sh", 2, "--server and --load belong together"},
      {"compare --load true -- true", 2, "--server and --load belong together"},
      {"compare --server sh --load true -- true", 2, "not both"},
      {"compare --release true -- true", 2, "--release belongs to --server"},
      {"compare --same-output --workload tiny_hot", 2, "--same-output is for"},
      {"compare --metric x --workload tiny_hot", 2, "--metric and --tree are for"},
      {"compare --more-is-better -- true", 2, "belongs to --metric"},
      {"compare --metric '(' -- true", 2, "--metric ("},
      {"compare --pin x --allocator libc -- true", 2, "'x' is no processor"},
      {"compare --pin 3-1 --allocator libc -- true", 2, "'3-1' is no processor"},
      {"compare --pin 1023 --allocator libc -- true", 2, "processor 1023 is not there"},
      {"compare --pin '' --allocator libc --pin , -- true", 2, "--pin"},
      {"compare --resume -- true", 2, "--out"},
      {"compare --resume --out /no/such/folder -- true", 2, "/no/such/folder"},
      {"compare --rounds 0 -- true", 2, "rounds"},
      {"compare --rounds x -- true", 2, "rounds"},
      {"compare --timeout -1 -- true", 2, "timeout"},
      {"compare --allocator nosuch -- true", 2, "unknown allocator"},
      {"compare --allocator libc --allocator libc -- true", 2, "two allocators"},
      {"compare --allocator floor=" + hakmem_library() + " -- true", 2, "called floor"},
      {"compare --allocator libc --base jemalloc -- true", 2, "not compared"},
      {"compare --allocator libc --own jemalloc -- true", 2, "--own jemalloc: not compared"},
      {"compare --allocator libc --most-rounds 99 -- true", 2, "nothing to decide"},
      {"compare --allocator libc --most-rounds 0 -- true", 2, "most-rounds"},
      {"compare --allocator libc --out /proc/no/folder -- true", 2, "cannot write"},
      {"counts --allocator nosuch", 2, "unknown allocator"},
      {"counts --allocator libc --allocator libc", 2, "two allocators"},
      {"counts --sizes 0", 2, "not in range"},
      {"counts --sizes 64,x", 2, "--sizes"},
      {"counts --batch 0", 2, "--batch"},
      {"counts --workload nosuch", 2, "there are: aligned"},
      {"counts --workload mt_remote", 2, "cannot be counted"},
      {"counts --workload tiny_hot:cycles=3", 2, "leave out cycles"},
      {"counts --workload tiny_hot:3", 2, "name the parameter"},
      {"counts --sizes 64 --out /no/such/folder/x", 2, "cannot write"},
      {"counts -- true", 2, "takes no program"},
      {"report", 2, "files is required"},
      {"report /no/such.json", 2, "cannot read /no/such.json"},
      {"report /etc/passwd -o /no/such/folder/x", 2, "cannot write /no/such/folder/x"},
      {"scorecard", 2, "files is required"},
      {"scorecard /no/such.json", 2, "cannot read /no/such.json"},
      {"scorecard /etc/passwd", 2, "not a whole JSON document"},
      {"scorecard /etc/passwd -o /no/such/folder/x", 2, "cannot write /no/such/folder/x"},
      {"health --flavour nosuch", 2, "no libhakmem-nosuch.so beside this command"},
      {"health --flavour x=/no/such.so", 2, "/no/such.so"},
      {"health --flavour standard --flavour standard", 2, "two flavours"},
      {"health --profile nosuch", 2, "--profile"},
      {"health --out /no/such/folder/x", 2, "cannot write"},
      {"health -- true", 2, "takes no program"},
      {"compare --allocator libc -- no-such-program-here", 1, "no such program"},
      {std::string("compare --allocator libc -- ") + HAKMEM_STATIC_PROGRAM, 1, "statically"},
  };
  for (const Refused& refused : list) {
    const Outcome outcome = run_hakmem(refused.arguments);
    EXPECT_EQ(outcome.status, refused.status) << refused.arguments << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(refused.says)) << refused.arguments;
  }
}

TEST(Command, HelpIsNoError) {
  EXPECT_EQ(run_hakmem("--help").status, 0);
  for (const char* const command : {"run", "compare", "ab", "counts", "soak", "health", "report",
                                    "scorecard", "options", "version"}) {
    const Outcome outcome = run_hakmem(std::string(command) + " --help");
    EXPECT_EQ(outcome.status, 0);
    EXPECT_THAT(outcome.output, HasSubstr(command));
  }
}

TEST(Version, IsTheHeaders) {
  const std::string version = std::to_string(HAKMEM_VERSION_MAJOR) + "." +
                              std::to_string(HAKMEM_VERSION_MINOR) + "." +
                              std::to_string(HAKMEM_VERSION_PATCH);
  EXPECT_EQ(run_hakmem("version").output, "hakmem " + version + "\n");
}

TEST(Options, ShowRangeDefaultAndPresentValue) {
  const Outcome outcome =
      run_shell(std::string("HAKMEM_DECAY_MS=123 ") + HAKMEM_COMMAND + " options");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.output, ::testing::ContainsRegex("HAKMEM_DECAY_MS +0..600000 +[0-9]+ +123"));
  EXPECT_THAT(outcome.output, HasSubstr("HAKMEM_PROFILE"));
}

TEST(Options, ABadValueIsNamedOnce) {
  const Outcome outcome =
      run_shell(std::string("HAKMEM_STATS=maybe ") + HAKMEM_COMMAND + " options");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.output, StartsWith("hakmem: HAKMEM_STATS=maybe: "));
}

TEST(Run, PreloadsHakmemAndKeepsWhatWasPreloaded) {
  const std::string library = std::filesystem::canonical(hakmem_library());
  EXPECT_EQ(run_hakmem("run -- /bin/sh -c 'echo $LD_PRELOAD'").output, library + "\n");
  const Outcome stacked = run_shell(std::string("LD_PRELOAD=") + HAKMEM_EMPTY_LIBRARY + " " +
                                    HAKMEM_COMMAND + " run -- /bin/sh -c 'echo $LD_PRELOAD'");
  EXPECT_EQ(stacked.output, library + ":" + HAKMEM_EMPTY_LIBRARY + "\n");
}

TEST(Run, TheProgramReallyHasIt) {
  const Outcome outcome = run_hakmem("run -- " + workload_path("tiny_hot") + " cycles=10");
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(nlohmann::json::parse(outcome.output)["allocator"]["path"],
            std::filesystem::canonical(hakmem_library()).string());
}

TEST(Run, ProfileStatisticsAndLibraryArePassedOn) {
  const Outcome outcome =
      run_hakmem(std::string("run --profile lean --stats --library ") + HAKMEM_EMPTY_LIBRARY +
                 " -- /bin/sh -c 'echo $HAKMEM_PROFILE $HAKMEM_STATS $LD_PRELOAD'");
  EXPECT_EQ(outcome.output, std::string("lean 1 ") + HAKMEM_EMPTY_LIBRARY + "\n");
}

TEST(Run, ArgumentsAndExitStatusAreTheProgramsOwn) {
  const Outcome outcome = run_hakmem("run -- /bin/sh -c 'echo \"$1|$2\"; exit 7' sh -- 'a  b'");
  EXPECT_EQ(outcome.output, "--|a  b\n");
  EXPECT_EQ(outcome.status, 7);
}

TEST(Compare, PrintsRatiosAndWritesEverySample) {
  const TemporaryFolder folder;
  const std::string out = folder.path();
  const Outcome outcome =
      run_hakmem("compare --allocator libc --allocator hakmem --rounds 3 --out " + out +
                 " --workload tiny_hot:cycles=1000 -- /bin/sleep 0.05");
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("as ratios to libc"));
  EXPECT_THAT(outcome.output, HasSubstr("geometric mean"));
  EXPECT_THAT(outcome.output, HasSubstr("Every run proved which allocator it had"));
  const nlohmann::json result = written_in(folder);
  EXPECT_EQ(result["rounds"], 3);
  ASSERT_EQ(result["rows"].size(), 2U);
  EXPECT_EQ(result["rows"][0]["samples"].size(), 12U) << "with the floor";
  EXPECT_EQ(result["rows"][1]["samples"].size(), 8U);
  EXPECT_EQ(result["allocators"][1]["path"], std::filesystem::canonical(hakmem_library()).string());
}

TEST(Compare, GoesOnWhileARowIsUndecided) {
  const TemporaryFolder folder;
  const std::string out = folder.path();
  // As long as the program's number says: no two runs are alike.
  const Outcome outcome =
      run_hakmem("compare --allocator libc --allocator hakmem --rounds 2 --most-rounds 9 --out " +
                 out + " -- /bin/sh -c 'exec sleep 0.0$(($$ % 7 + 1))'");
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("hakmem against the best other"));
  EXPECT_THAT(outcome.output, HasSubstr("undecided"));
  const nlohmann::json result = written_in(folder);
  EXPECT_EQ(result["rounds"], 9);
  EXPECT_EQ(result["rows"][0]["against_best"]["peer"], "libc");
  EXPECT_EQ(result["rows"][0]["against_best"]["decided"], false);
}

TEST(Compare, KeepsWhatWasMeasuredWhenInterrupted) {
  const TemporaryFolder folder;
  const std::string out = folder.path();
  // Ends itself in the middle of its second round, by the signal that Ctrl-C sends.
  const std::string marks = folder.path() / "marks";
  const Outcome outcome =
      run_hakmem("compare --allocator libc --rounds 50 --out " + out +
                 " -- /bin/sh -c 'sleep 0.1; echo x >> " + marks + "; [ $(wc -l < " + marks +
                 ") -lt 4 ] || { " + interrupt_command + "; sleep 0.1; " + interrupt_command +
                 "; sleep 60; }'");
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("interrupted in round 2 of 50 of sh"));
  EXPECT_THAT(outcome.output, HasSubstr("Medians over 1 round "));
  const nlohmann::json result = written_in(folder);
  EXPECT_EQ(result["interrupted"], true);
  EXPECT_EQ(result["failures"], 0);
  EXPECT_EQ(result["rows"][0]["samples"].size(), 2U);
}

TEST(Compare, AFailingAllocatorIsARowAndAnExitStatus) {
  const Outcome outcome =
      run_hakmem("compare --allocator libc --allocator bad=" + corrupting_library() +
                 " --rounds 1 --workload random_mixed:iters=1M");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output,
              HasSubstr("FAILED random_mixed:iters=1M under bad: 1 run, first: corrupt"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("Every run proved")));
}

TEST(Compare, AHangingAllocatorIsKilled) {
  const Outcome outcome = run_hakmem("compare --allocator libc --allocator slow=" + slow_library() +
                                     " --rounds 1 --timeout 0.3 --workload tiny_hot:cycles=10");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("timed out: killed after 0.3 s"));
}

TEST(Compare, EveryPlantedFailureIsARowAndTheRestIsIntact) {
  const TemporaryFolder folder;
  const std::string out = folder.path();
  const Outcome outcome = run_hakmem(
      "compare --allocator libc --allocator hakmem --allocator bad=" + corrupting_library() +
      " --allocator slow=" + slow_library() + " --allocator other=" + HAKMEM_EMPTY_LIBRARY +
      " --rounds 2 --timeout 2 --seconds 0.05 --workload random_mixed tiny_hot --out " + out);
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  const nlohmann::json result = written_in(folder);
  for (const nlohmann::json& row : result["rows"]) {
    EXPECT_EQ(row["complete"], true);
    const nlohmann::json& cells = row["cells"];
    EXPECT_EQ(cells[0]["failures"], 0);
    EXPECT_EQ(cells[1]["failures"], 0);
    EXPECT_EQ(cells[1]["cost_ratio"]["rounds"], 2);
    EXPECT_THAT(cells[2]["failure"], StartsWith("corrupt: "));
    EXPECT_THAT(cells[3]["failure"], StartsWith("timed out: "));
    EXPECT_THAT(cells[4]["failure"], StartsWith("wrong allocator: "));
  }
}

// A program that the dynamic linker preloads nothing into, because it would run with the rights of
// somebody else: of a user who is not there if we are root, or of root.
std::string setuid_program(const TemporaryFolder& folder) {
  if (::getuid() != 0) return "/usr/bin/su";
  const std::filesystem::path copy = folder.path() / "setuid_program";
  std::filesystem::copy_file("/bin/true", copy);
  EXPECT_EQ(::chown(copy.c_str(), 12345, static_cast<gid_t>(-1)), 0);
  EXPECT_EQ(::chmod(copy.c_str(), 04755), 0);
  return copy;
}

TEST(Compare, WhatCannotBeStartedIsAFailedRowOrCellAndTheRestIsIntact) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "out";
  const Outcome outcome = run_hakmem(
      "compare --allocator libc --allocator hakmem --allocator wrong=/no/such.so "
      "--allocator crashing=" HAKMEM_CRASHING_LIBRARY " --allocator hanging=" +
      slow_library() + " --rounds 2 --timeout 2 --seconds 0 --workload tiny_hot:cycles=1000 " +
      "--program " HAKMEM_STATIC_PROGRAM " --program " + setuid_program(folder) + " --out " + out);
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  const nlohmann::json result =
      nlohmann::json::parse(std::ifstream(std::filesystem::path(out) / "result.json"));
  const nlohmann::json& rows = result["rows"];
  ASSERT_EQ(rows.size(), 3U);
  for (const nlohmann::json& row : rows) EXPECT_EQ(row["complete"], true);
  const nlohmann::json& cells = rows[0]["cells"];
  EXPECT_EQ(cells[0]["failures"], 0);
  EXPECT_EQ(cells[1]["failures"], 0);
  EXPECT_EQ(cells[1]["cost_ratio"]["rounds"], 2);
  EXPECT_THAT(cells[2]["failure"], StartsWith("not started: /no/such.so: "));
  EXPECT_THAT(cells[3]["failure"], StartsWith("crashed: signal 11"));
  EXPECT_THAT(cells[4]["failure"], StartsWith("timed out: killed after 2 s"));
  const std::string hopeless[] = {"linked statically", "runs with another user's rights"};
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t allocator = 0; allocator < 2; ++allocator) {
      EXPECT_THAT(rows[1 + i]["cells"][allocator]["failure"],
                  AllOf(StartsWith("not started: "), HasSubstr(hopeless[i])));
    }
  }
  EXPECT_THAT(outcome.output, HasSubstr("FAILED static_program under hakmem: 1 run, first: not "
                                        "started: " HAKMEM_STATIC_PROGRAM ": linked statically"));
  EXPECT_THAT(outcome.output, ::testing::ContainsRegex("tiny_hot.* FAILED +FAILED +FAILED"));
}

TEST(Compare, AResultIsNotReplaced) {
  const TemporaryFolder folder;
  const std::string command =
      "compare --allocator libc --rounds 1 --seconds 0 --workload tiny_hot:cycles=100 --out " +
      folder.path().string();
  EXPECT_EQ(run_hakmem(command).status, 0);
  const nlohmann::json before = written_in(folder);
  const Outcome second = run_hakmem(command);
  EXPECT_EQ(second.status, 2);
  EXPECT_THAT(second.output, AllOf(HasSubstr("--resume"), HasSubstr("another --out")));
  EXPECT_EQ(written_in(folder), before);
  EXPECT_EQ(run_hakmem(command + " --resume").status, 0);
}

TEST(Compare, WhatTunesAllocatorsIsSaidAndRecordedAndMayNotChange) {
  const TemporaryFolder folder;
  const std::string command = std::string(HAKMEM_COMMAND) +
                              " compare --allocator libc --rounds 1 --seconds 0 --workload "
                              "tiny_hot:cycles=100 --out " +
                              folder.path().string();
  const Outcome outcome = run_shell("MALLOC_ARENA_MAX=1 " + command);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("MALLOC_ARENA_MAX=1 is set: it reaches every run"));
  EXPECT_EQ(written_in(folder)["settings"]["environment"]["MALLOC_ARENA_MAX"], "1");
  const Outcome further = run_shell(command + " --resume");
  EXPECT_EQ(further.status, 2);
  EXPECT_THAT(further.output, HasSubstr("the setting environment was"));
}

TEST(Compare, WithoutHakmemTheFirstThatWasNamedByItsPathIsTheOwnOne) {
  const TemporaryFolder folder;
  const Outcome outcome =
      run_hakmem("compare --allocator libc --allocator mine=" + hakmem_library() +
                 " --rounds 6 --seconds 0 --workload tiny_hot:cycles=1000 "
                 "--out " +
                 folder.path().string());
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const nlohmann::json result = written_in(folder);
  EXPECT_EQ(result["own"], "mine");
  EXPECT_EQ(result["rows"][0]["against_best"]["peer"], "libc");
  EXPECT_THAT(outcome.output, HasSubstr("mine against the best other"));
}

TEST(Compare, SuitesThatShareRowsHaveThemOnce) {
  const Outcome outcome = run_hakmem(
      "compare --allocator libc --rounds 1 --budget 1 --seconds 0.01 --suite apps --suite apps");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, StartsWith("4 rows under 1 allocator, 1 round: about "));
}

TEST(Compare, AnInterruptedTrialSaysSoAndLeavesNoResult) {
  const TemporaryFolder folder;
  const Outcome outcome =
      run_hakmem("compare --allocator libc --out " + folder.path().string() + " -- /bin/sh -c '" +
                 interrupt_command + "; sleep 0.2; " + interrupt_command + "; sleep 60'");
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("interrupted while trying each once"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "result.json"));
}

TEST(Compare, ResumeKeepsWholeRowsAndMeasuresTheOthers) {
  const TemporaryFolder folder;
  const std::string out = folder.path() / "results";
  const std::string mark = folder.path() / "mark";
  // The second row interrupts the first time it is counted.
  const std::string command =
      "compare --allocator libc --rounds 1 --seconds 0 --out " + out +
      " --workload tiny_hot:cycles=100 -- /bin/sh -c 'sleep 0.1; echo x >> " + mark +
      "; [ $(wc -l < " + mark + ") != 3 ] || " + interrupt_command + "; sleep 0.1'";
  EXPECT_EQ(run_hakmem(command).status, 130);
  const auto result = [&out] {
    return nlohmann::json::parse(std::ifstream(std::filesystem::path(out) / "result.json"));
  };
  const nlohmann::json before = result();
  EXPECT_EQ(before["interrupted"], true);
  EXPECT_EQ(before["rows"][0]["complete"], true);
  EXPECT_EQ(before["rows"][1]["complete"], false);
  const std::string further = std::string(command).replace(0, 7, "compare --resume");
  const Outcome outcome = run_hakmem(further);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  const nlohmann::json after = result();
  EXPECT_EQ(after["interrupted"], false);
  EXPECT_EQ(after["rows"][0]["samples"], before["rows"][0]["samples"]);
  EXPECT_EQ(after["rows"][1]["complete"], true);
  EXPECT_EQ(after["rows"][1]["samples"].size(), 2U);
  // Other words for the same shell are another program.
  const Outcome other = run_hakmem(further + " other");
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.output, HasSubstr("the command of sh was"));
  EXPECT_EQ(run_hakmem(std::string(further).insert(7, " --pin 0")).status, 2);
}

TEST(Compare, WhatABudgetCutOffIsNamedAndGoneOnWith) {
  const TemporaryFolder folder;
  const std::string command = "compare --allocator libc --rounds 2 --seconds 0 --out " +
                              folder.path().string() +
                              " --workload tiny_hot:cycles=100 tiny_hot:cycles=200 --budget ";
  const Outcome first = run_hakmem(command + "0.01");
  EXPECT_EQ(first.status, 0) << first.output;
  EXPECT_THAT(first.output, HasSubstr("rows with fewer than 2 rounds: tiny_hot:cycles=100 (1), "
                                      "tiny_hot:cycles=200 (0); give more by --budget"));
  const nlohmann::json before = written_in(folder);
  EXPECT_EQ(before["rows"][0]["complete"], false);
  EXPECT_EQ(before["rows"][1]["samples"].size(), 0U);
  const Outcome second = run_hakmem(command + "60 --resume");
  EXPECT_EQ(second.status, 0) << second.output;
  const nlohmann::json after = written_in(folder);
  EXPECT_EQ(after["rows"][0]["complete"], true);
  EXPECT_EQ(after["rows"][1]["complete"], true);
  const auto count = static_cast<std::ptrdiff_t>(before["rows"][0]["samples"].size());
  const nlohmann::json& samples = after["rows"][0]["samples"];
  EXPECT_TRUE(
      std::equal(samples.begin(), samples.begin() + count, before["rows"][0]["samples"].begin()));
}

TEST(Compare, AResultIsWrittenBeforeItIsPrinted) {
  const TemporaryFolder folder;
  const std::string marks = folder.path() / "marks";
  // Interrupted in its second round, and then nothing can be printed.
  run_shell(std::string("stdbuf -o0 ") + HAKMEM_COMMAND +
            " compare --allocator libc --rounds 50 --out " + folder.path().string() +
            " -- /bin/sh -c 'sleep 0.1; echo x >> " + marks + "; [ $(wc -l < " + marks +
            ") -lt 4 ] || { " + interrupt_command + "; sleep 60; }' >/dev/full");
  const nlohmann::json result = written_in(folder);
  EXPECT_EQ(result["interrupted"], true);
  EXPECT_EQ(result["rows"][0]["samples"].size(), 2U);
}

TEST(Compare, PinnedRunsSeeOnlyTheirProcessors) {
  const Outcome outcome = run_hakmem(
      "compare --allocator libc --rounds 1 --pin 0 --metric '^([0-9]+)$' "
      "-- /bin/sh -c 'sleep 0.1; [ $(nproc) = 1 ] && echo 1'");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
}

TEST(Compare, AProgramsOwnFigureIsCompared) {
  const TemporaryFolder folder;
  const std::string out = folder.path();
  const Outcome outcome = run_hakmem(
      "compare --allocator libc --rounds 1 --metric 'rate ([0-9]+)' --more-is-better "
      "--out " +
      out + " -- /bin/sh -c 'sleep 0.1; echo rate 4'");
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(written_in(folder)["rows"][0]["samples"][1]["cost"], 0.25);
  EXPECT_EQ(run_hakmem("compare --allocator libc --rounds 1 --metric 'rate ([0-9]+)' -- /bin/sh -c "
                       "'sleep 0.1; echo none'")
                .status,
            1);
}

TEST(Compare, ATreeOfProcessesCountsWhole) {
  const TemporaryFolder folder;
  const std::string out = folder.path();
  // Two processes of 40 MiB each beside each other.
  const Outcome outcome = run_hakmem(
      "compare --allocator libc --rounds 1 --tree --out " + out +
      " -- /bin/sh -c 'for i in 1 2; do perl -e \"\\$x = 1 x 40000000; sleep 1\" & done; wait'");
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_GT(written_in(folder)["rows"][0]["samples"][1]["peak_rss_bytes"], 60'000'000);
}

TEST(Compare, AServerIsLoadedReleasedAndStopped) {
  const TemporaryFolder folder;
  const std::string out = folder.path();
  const std::string redis = "redis-server --port 0 --save \"\" --unixsocket {dir}/s --dir {dir}";
  const Outcome outcome = run_hakmem(
      "compare --allocator libc --allocator hakmem --rounds 1 --server '" + redis +
      "' --load 'redis-benchmark -s {dir}/s -t set -n 20000 -r 20000 -d 500 -q' --release "
      "'redis-cli -s {dir}/s FLUSHALL' --metric 'SET: ([0-9.]+)' --more-is-better --out " +
      out);
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  for (const nlohmann::json& sample : written_in(folder)["rows"][0]["samples"]) {
    EXPECT_GT(sample["peak_rss_bytes"], 8 << 20);
    EXPECT_LE(sample["after_rss_bytes"], sample["peak_rss_bytes"]);
    EXPECT_GT(sample["start_rss_bytes"], 1 << 20) << "when it listens";
    EXPECT_LT(sample["start_rss_bytes"], sample["peak_rss_bytes"]);
    EXPECT_LT(sample["cost"], 0.01) << "seconds per request";
  }
  EXPECT_FALSE(written_in(folder)["rows"][0]["cells"][1]["net_after_rss_ratio"].is_null());
}

TEST(Compare, AServerThatNeverListensOrDiesIsARow) {
  const auto failure_of = [](const std::string& server, const std::string& load) {
    const Outcome outcome = run_hakmem("compare --allocator libc --rounds 1 --server \"" + server +
                                       "\" --load '" + load + "'");
    EXPECT_EQ(outcome.status, 1) << outcome.output;
    return outcome.output;
  };
  EXPECT_THAT(failure_of("sh -c 'sleep 0.1; exit 7'", "true"),
              HasSubstr("it ended before it listened; the server: exit status 7"));
  const std::string redis = "redis-server --port 0 --save '' --unixsocket {dir}/s --dir {dir}";
  EXPECT_THAT(failure_of(redis, "echo no use >&2; false"), HasSubstr("the load failed: no use"));
  const std::string crash =
      "server=$(redis-cli -s {dir}/s INFO server | tr -d \"\\r\" | sed -n s/^process_id://p); "
      "kill -SEGV $server; while kill -0 $server 2>/dev/null; do sleep 0.01; done";
  EXPECT_THAT(failure_of(redis, crash),
              HasSubstr("it ended during the load; the server: signal 11 (Segmentation fault)"));
  EXPECT_THAT(failure_of(redis, crash + "; echo no server >&2; false"),
              HasSubstr("the load failed: no server; the server: signal 11"));
}

TEST(Compare, SecondsScaleAWorkload) {
  const TemporaryFolder folder;
  const std::string out = folder.path();
  const Outcome outcome = run_hakmem(
      "compare --allocator libc --rounds 1 --seconds 0.05 --workload tiny_hot:size=16 --out " +
      out);
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const nlohmann::json result = written_in(folder);
  EXPECT_NE(result["rows"][0]["samples"][0]["figures"]["parameters"]["cycles"], 100'000);
}

TEST(Compare, TheQuickstartProgramsRunAndRedisIsLoadedFlushedAndStopped) {
  const TemporaryFolder folder;
  const std::string out = folder.path();
  const Outcome outcome =
      run_hakmem("compare --allocator libc --rounds 1 --suite apps --out " + out);
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const nlohmann::json result = written_in(folder);
  ASSERT_EQ(result["rows"].size(), 4U);
  const nlohmann::json& redis = result["rows"][3];
  EXPECT_EQ(redis["name"], "redis-server");
  for (const nlohmann::json& sample : redis["samples"]) {
    EXPECT_GT(sample["peak_rss_bytes"], 20 << 20);
    EXPECT_GT(sample["after_rss_bytes"], 0);
    EXPECT_LE(sample["after_rss_bytes"], sample["peak_rss_bytes"]);
  }
}

}  // namespace
}  // namespace hakmem::cli::testing
