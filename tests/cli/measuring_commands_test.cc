// measuring_commands_test.cc: what all commands that measure have in common: a result says when and
// under what it was measured, is not put in the place of another, and outlives its reader.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command_line.h"
#include "file_text.h"
#include "measure/affinity.h"
#include "measure/temporary_folder.h"
#include "result/result_file.h"

namespace hakmem::cli::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

struct MeasuringCommand {
  std::string kind;
  std::string arguments;  // all but --out
  fs::path out;
  fs::path result;

  [[nodiscard]] std::string line() const {
    return kind + " " + arguments + " --out " + out.string();
  }
};

std::vector<MeasuringCommand> measuring_commands(const fs::path& folder) {
  const std::string pair = hakmem_library() + " " + hakmem_library();
  return {
      {"compare", "--allocator libc --rounds 1 --seconds 0 --workload tiny_hot:cycles=100",
       folder / "compare", folder / "compare" / "result.json"},
      {"ab", pair + " --target tiny_hot:size=48", folder / "ab", folder / "ab" / "result.json"},
      {"soak", "--allocator libc --minutes 0.2 --no-floor", folder / "soak.json",
       folder / "soak.json"},
      {"counts", "--allocator libc --sizes 64", folder / "counts.json", folder / "counts.json"},
      {"health", "--profile lean --flavour standard", folder / "health.json",
       folder / "health.json"},
  };
}

// So long that there is something to write; whoever takes longer is interrupted.
std::string interrupted_soon() { return "timeout --preserve-status -s INT 4 "; }

TEST(MeasuringCommands, SayWhenAndUnderWhatTheyMeasured) {
  const TemporaryFolder folder;
  const std::string all = usable_processors();
  const std::string first = all.substr(0, all.find_first_of(",-"));
  for (const MeasuringCommand& command : measuring_commands(folder.path())) {
    const Outcome outcome = run_shell("MALLOC_ARENA_MAX=1 taskset -c " + first + " " +
                                      interrupted_soon() + HAKMEM_COMMAND + " " + command.line());
    EXPECT_THAT(outcome.output, HasSubstr("MALLOC_ARENA_MAX=1 is set: it reaches every run"))
        << command.kind;
    const auto result = read_result(command.result);
    EXPECT_EQ(result["kind"], command.kind);
    EXPECT_EQ(result["settings"]["processors"], first) << command.kind;
    EXPECT_EQ(result["settings"]["environment"]["MALLOC_ARENA_MAX"], "1") << command.kind;
    EXPECT_LE(result["started"], result["written"]) << command.kind;
  }
}

TEST(MeasuringCommands, PutNoResultInThePlaceOfAnother) {
  const TemporaryFolder folder;
  for (const MeasuringCommand& command : measuring_commands(folder.path())) {
    fs::create_directories(command.result.parent_path());
    write_whole(command.result, "earlier");
    const Outcome outcome = run_hakmem(command.line());
    EXPECT_EQ(outcome.status, 2) << command.kind << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(command.result.string() + " is there already"));
    EXPECT_EQ(text_of(command.result), "earlier");
  }
  EXPECT_FALSE(fs::exists(folder.path() / "ab" / "gate.json"));
}

TEST(MeasuringCommands, AResumedResultStartedWhenItsFirstPartDid) {
  const TemporaryFolder folder;
  const MeasuringCommand compare = measuring_commands(folder.path()).front();
  EXPECT_EQ(run_hakmem(compare.line()).status, 0);
  auto result = read_result(compare.result);
  result["started"] = "2020-01-31T12:00:00Z";
  result["rows"][0]["complete"] = false;
  write_result(compare.result, result);
  const Outcome further = run_hakmem(compare.line() + " --resume");
  EXPECT_EQ(further.status, 0) << further.output;
  const auto after = read_result(compare.result);
  EXPECT_EQ(after["started"], "2020-01-31T12:00:00Z");
  EXPECT_GT(after["written"], after["started"]);
  EXPECT_EQ(after["rows"][0]["complete"], true);
}

TEST(MeasuringCommands, WriteTheirResultForAReaderWhoHasGone) {
  const TemporaryFolder folder;
  const std::string status = folder.path() / "status";
  for (const MeasuringCommand& command : measuring_commands(folder.path())) {
    run_shell("{ " + interrupted_soon() + HAKMEM_COMMAND + " " + command.line() +
              " 2>&1; echo $? >" + status + "; } | head -1");
    const auto result = read_result(command.result);
    const bool interrupted = result["interrupted"];
    EXPECT_EQ(text_of(status), interrupted              ? "130\n"
                               : command.kind == "soak" ? "1\n"
                                                        : "0\n")
        << command.kind;
  }
}

TEST(MeasuringCommands, AFullDiskLosesWhatIsPrintedAndSaysSoOnce) {
  const TemporaryFolder folder;
  const MeasuringCommand health = measuring_commands(folder.path()).back();
  const Outcome outcome = run_hakmem(health.line() + " >/dev/full");
  EXPECT_EQ(outcome.status, 2);
  const std::string says = "cannot write standard output: No space left on device\n";
  EXPECT_THAT(outcome.output, HasSubstr(says));
  EXPECT_EQ(outcome.output.find(says), outcome.output.rfind(says));
  EXPECT_EQ(read_result(health.result)["passed"], true);
}

TEST(MeasuringCommands, DoWithoutStandardDescriptors) {
  const TemporaryFolder folder;
  const MeasuringCommand health = measuring_commands(folder.path()).back();
  const Outcome outcome = run_hakmem(health.line() + " <&- >&- 2>&-");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(read_result(health.result)["passed"], true);
}

TEST(MeasuringCommands, NameALauncherThatCannotStart) {
  const TemporaryFolder installation;
  const fs::path command_path = installation.path() / "bin" / "hakmem";
  const fs::path launcher = installation.path() / "libexec" / "hakmem" / "launcher" / "launcher";
  fs::create_directories(command_path.parent_path());
  fs::create_directories(launcher.parent_path());
  fs::copy_file(HAKMEM_COMMAND, command_path);
  const auto expect = [&](int status, const std::string& says) {
    const TemporaryFolder folder;
    for (const MeasuringCommand& command : measuring_commands(folder.path())) {
      const Outcome outcome = run_shell(command_path.string() + " " + command.line());
      EXPECT_EQ(outcome.status, status) << command.kind;
      EXPECT_EQ(outcome.output, "hakmem: " + says) << command.kind;
    }
  };
  expect(2, "no " + launcher.string() + ": this installation of hakmem is not whole\n");
  write_whole(launcher, "no program");
  expect(126, launcher.string() + ": Permission denied\n");
  ASSERT_EQ(::chmod(launcher.c_str(), 0755), 0);
  expect(126, launcher.string() + ": Exec format error\n");
}

}  // namespace
}  // namespace hakmem::cli::testing
