// command_test.cc: the `hakmem` command as a user meets it, bad input first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
      {"compare --workload ../bin/hakmem", 2, "no such workload"},
      {"compare --workload tiny_hot:,", 2, "empty argument"},
      {"compare --preset nosuch", 2, "quickstart"},
      {"compare --rounds 0 -- true", 2, "rounds"},
      {"compare --rounds x -- true", 2, "rounds"},
      {"compare --timeout -1 -- true", 2, "timeout"},
      {"compare --allocator nosuch -- true", 2, "unknown allocator"},
      {"compare --allocator libc --allocator libc -- true", 2, "two allocators"},
      {"compare --allocator libc --base jemalloc -- true", 2, "not compared"},
      {"compare --allocator libc --own jemalloc -- true", 2, "--own jemalloc: not compared"},
      {"compare --allocator libc --most-rounds 9 -- true", 2, "nothing to decide"},
      {"compare --allocator libc --most-rounds 0 -- true", 2, "most-rounds"},
      {"compare --allocator libc --json /no/such/folder/x -- true", 2, "cannot write"},
      {"compare --allocator libc -- no-such-program-here", 127, "no such program"},
      {std::string("compare --allocator libc -- ") + HAKMEM_STATIC_PROGRAM, 126, "statically"},
  };
  for (const Refused& refused : list) {
    const Outcome outcome = run_hakmem(refused.arguments);
    EXPECT_EQ(outcome.status, refused.status) << refused.arguments << ": " << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(refused.says)) << refused.arguments;
  }
}

TEST(Command, HelpIsNoError) {
  EXPECT_EQ(run_hakmem("--help").status, 0);
  for (const char* const command : {"run", "compare", "options", "version"}) {
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
  const std::string json = folder.path() / "result.json";
  const Outcome outcome =
      run_hakmem("compare --allocator libc --allocator hakmem --rounds 3 --json " + json +
                 " --workload tiny_hot:cycles=1000 -- /bin/sleep 0.05");
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("as ratios to libc"));
  EXPECT_THAT(outcome.output, HasSubstr("geometric mean"));
  EXPECT_THAT(outcome.output, HasSubstr("Every run proved which allocator it had"));
  const nlohmann::json result = nlohmann::json::parse(std::ifstream(json));
  EXPECT_EQ(result["rounds"], 3);
  ASSERT_EQ(result["rows"].size(), 2U);
  for (const nlohmann::json& row : result["rows"]) EXPECT_EQ(row["samples"].size(), 8U);
  EXPECT_EQ(result["allocators"][1]["path"], std::filesystem::canonical(hakmem_library()).string());
}

TEST(Compare, GoesOnWhileARowIsUndecided) {
  const TemporaryFolder folder;
  const std::string json = folder.path() / "result.json";
  // As long as the program's number says: no two runs are alike.
  const Outcome outcome =
      run_hakmem("compare --allocator libc --allocator hakmem --rounds 2 --most-rounds 9 --json " +
                 json + " -- /bin/sh -c 'exec sleep 0.0$(($$ % 7 + 1))'");
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("hakmem against the best other"));
  EXPECT_THAT(outcome.output, HasSubstr("undecided"));
  const nlohmann::json result = nlohmann::json::parse(std::ifstream(json));
  EXPECT_EQ(result["rounds"], 9);
  EXPECT_EQ(result["rows"][0]["against_best"]["peer"], "libc");
  EXPECT_EQ(result["rows"][0]["against_best"]["decided"], false);
}

TEST(Compare, KeepsWhatWasMeasuredWhenInterrupted) {
  const TemporaryFolder folder;
  const std::string json = folder.path() / "result.json";
  // Ends itself in the middle of its second round, by the signal that Ctrl-C sends.
  const std::string marks = folder.path() / "marks";
  const Outcome outcome =
      run_hakmem("compare --allocator libc --rounds 50 --json " + json +
                 " -- /bin/sh -c 'echo x >> " + marks + "; [ $(wc -l < " + marks +
                 ") -lt 3 ] || { kill -INT $PPID; sleep 0.1; kill -INT $PPID; sleep 60; }'");
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("interrupted in round 2 of 50"));
  EXPECT_THAT(outcome.output, HasSubstr("Medians over 1 round "));
  const nlohmann::json result = nlohmann::json::parse(std::ifstream(json));
  EXPECT_EQ(result["interrupted"], true);
  EXPECT_EQ(result["failures"], 0);
  EXPECT_EQ(result["rows"][0]["samples"].size(), 2U);
}

TEST(Compare, AFailingAllocatorIsARowAndAnExitStatus) {
  const Outcome outcome =
      run_hakmem("compare --allocator libc --allocator bad=" + corrupting_library() +
                 " --rounds 1 --workload random_mixed:iters=1M");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("FAILED random_mixed:iters=1M under bad: 2 runs"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("Every run proved")));
}

TEST(Compare, AHangingAllocatorIsKilled) {
  const Outcome outcome = run_hakmem("compare --allocator libc --allocator slow=" + slow_library() +
                                     " --rounds 1 --timeout 0.3 --workload tiny_hot:cycles=10");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.output, HasSubstr("timed out: killed after 0.3 s"));
}

TEST(Compare, SecondsScaleAWorkload) {
  const TemporaryFolder folder;
  const std::string json = folder.path() / "result.json";
  const Outcome outcome = run_hakmem(
      "compare --allocator libc --rounds 1 --seconds 0.05 --workload tiny_hot:cycles=1000 --json " +
      json);
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const nlohmann::json result = nlohmann::json::parse(std::ifstream(json));
  EXPECT_GT(result["rows"][0]["samples"][0]["figures"]["parameters"]["cycles"], 1000);
}

TEST(Compare, TheQuickstartProgramsRunAndRedisIsLoadedFlushedAndStopped) {
  const TemporaryFolder folder;
  const std::string json = folder.path() / "result.json";
  const Outcome outcome =
      run_hakmem("compare --allocator libc --rounds 1 --preset quickstart --json " + json);
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  const nlohmann::json result = nlohmann::json::parse(std::ifstream(json));
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
