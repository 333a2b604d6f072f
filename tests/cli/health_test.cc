// health_test.cc: `hakmem health` passes what is in order and fails every fault that is planted.
#include "health/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "command_line.h"
#include "health/consistency.h"
#include "health/health_report.h"
#include "health/printed_statistics.h"
#include "measure/temporary_folder.h"
#include "user_error.h"

namespace hakmem::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = nlohmann::json;
using testing::run_hakmem;

// As the observe flavour prints them, after a line of the program's own.
constexpr const char* statistics_text =
    "warning: [not a block\n"
    "[POLICY_INIT] C0=ULTRA C1=CORE\n"
    "[ALLOC_GATE_STATS] calls=1033 bin=1000 pool=20 large=3 refill=10 route_calls=0\n"
    "[FREE_PATH_STATS] calls=1025 ultra=911 core=40 home=50 large=2 outside=11 foreign=7 legacy=4\n"
    "[FREE_DISPATCH_STATS] hot=900 cold=125 overflow=11\n"
    "[MEMORY_STATS] live_blocks=15 live_bytes=7000 kept_bytes=600 page_bytes=196608 "
    "large_bytes=5000 errors=0\n"
    "[BAND_STATS] band=0 live_blocks=9 live_bytes=1600 page_bytes=65536\n"
    "[BAND_STATS] band=3 live_blocks=6 live_bytes=1000 page_bytes=131072\n";

constexpr Expected everything = {.counts_calls = true, .frees_everything = true};

// Returns the names of what fails.
std::vector<std::string> failures_in(const std::string& text,
                                     const Expected& expected = everything) {
  std::vector<std::string> names;
  for (const HealthFinding& finding : check_consistency(PrintedStatistics(text), expected)) {
    if (!finding.passed) names.push_back(finding.name);
  }
  return names;
}

std::string altered(const std::string& from, const std::string& to) {
  std::string text = statistics_text;
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::invalid_argument(from);
  return text.replace(at, from.size(), to);
}

TEST(PrintedStatistics, AreReadAmongOtherLines) {
  const PrintedStatistics statistics(statistics_text);
  EXPECT_EQ(statistics.lines("BAND_STATS"), 2U);
  EXPECT_EQ(statistics.sum("BAND_STATS", "page_bytes"), 196608U);
  EXPECT_EQ(statistics.lines("NO_SUCH"), 0U);
  EXPECT_EQ(statistics.sum("NO_SUCH", "x"), 0U);
  EXPECT_THROW(static_cast<void>(statistics.sum("MEMORY_STATS", "nosuch")), UserError);
  EXPECT_THROW(static_cast<void>(statistics.sum("POLICY_INIT", "C0")), UserError);
}

TEST(Consistency, NumbersThatAgreePass) { EXPECT_THAT(failures_in(statistics_text), IsEmpty()); }

TEST(Consistency, AnyNumberThatIsOffByOneFails) {
  struct Fault {
    const char* from;
    const char* to;
    std::vector<std::string> fails;
  };
  const std::string by_path = "frees are the sum of their paths";
  const std::string by_allocation_path = "allocations are the sum of their paths";
  const std::string hot_and_cold = "frees are the hot and the cold ones";
  const std::string whole = "allocations are frees and live blocks";
  const std::string live_bytes = "live bytes are those of bands and large blocks";
  const std::string page_bytes = "page bytes are those of bands";
  const Fault faults[] = {
      {"calls=1033", "calls=1032", {by_allocation_path, whole}},
      {"bin=1000", "bin=1001", {by_allocation_path}},
      {"pool=20", "pool=19", {by_allocation_path}},
      {"large=3 ", "large=4 ", {by_allocation_path}},
      {"refill=10", "refill=11", {by_allocation_path}},
      {"calls=1025", "calls=1026", {by_path, hot_and_cold, whole}},
      {"ultra=911", "ultra=910", {by_path}},
      {"core=40", "core=41", {by_path}},
      {"home=50", "home=51", {by_path}},
      {"large=2 ", "large=1 ", {by_path}},
      {"outside=11", "outside=12", {by_path}},
      {"foreign=7", "foreign=8", {by_path, whole}},
      {"legacy=4", "legacy=5", {by_path}},
      {"hot=900", "hot=899", {hot_and_cold}},
      {"cold=125", "cold=126", {hot_and_cold}},
      {"live_blocks=15", "live_blocks=16", {whole}},
      {"live_bytes=7000", "live_bytes=7001", {live_bytes}},
      {"kept_bytes=600", "kept_bytes=599", {live_bytes}},
      {"large_bytes=5000", "large_bytes=5001", {live_bytes}},
      {"live_bytes=1000", "live_bytes=1001", {live_bytes}},
      {"page_bytes=196608", "page_bytes=196609", {page_bytes}},
      {"page_bytes=65536", "page_bytes=65535", {page_bytes}},
      {"errors=0", "errors=1", {"no wrong pointer"}},
  };
  for (const Fault& fault : faults) {
    EXPECT_THAT(failures_in(altered(fault.from, fault.to)),
                ::testing::UnorderedElementsAreArray(fault.fails))
        << fault.to;
  }
}

TEST(Consistency, BlocksThatAreLeftAreALeakOnlyOfWhoFreesAll) {
  std::string text = altered("live_blocks=15", "live_blocks=1015");
  text.replace(text.find("calls=1033 bin=1000"), 19, "calls=2033 bin=2000");
  EXPECT_THAT(failures_in(text), ElementsAre("all is freed"));
  EXPECT_THAT(failures_in(text, {.counts_calls = true, .frees_everything = false}), IsEmpty());
}

TEST(Consistency, StatisticsThatAreMissingFail) {
  const std::string missing = "statistics are printed";
  EXPECT_THAT(failures_in(""), ElementsAre(missing));
  EXPECT_THAT(failures_in(std::string(statistics_text) + statistics_text), ElementsAre(missing));
  EXPECT_THAT(failures_in(altered("errors=", "mistakes=")), ElementsAre(missing));
  const std::string uncounted = altered("[ALLOC_GATE_STATS]", "[OTHER_STATS]");
  EXPECT_THAT(failures_in(uncounted), ElementsAre(missing));
  EXPECT_THAT(failures_in(uncounted, {.counts_calls = false, .frees_everything = true}), IsEmpty());
}

TEST(HealthSubjects, WithoutAnyProgramThePackagesAreNamed) {
  try {
    first_installed({{"no-such-program", {}, {}}, {"nor-this-one", {}, {}}});
    FAIL() << "found";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(),
                 "health: no program to run; install one of the Debian packages no-such-program or "
                 "nor-this-one");
  }
  EXPECT_EQ(first_installed({{"no-such-program", {}, {}}, {"sh", {"-c", ":"}, {}}}).name, "sh");
}

TEST(HealthSubjects, EachProgramRunsAndPrintsTheSameUnderHakmem) {
  for (const RealProgram& program : real_programs()) {
    HealthPlan plan;
    plan.flavours = {parse_allocator("mine=" + testing::hakmem_library())};
    plan.profiles = {"lean"};
    plan.subjects = {{first_installed({program}), false}};
    EXPECT_EQ(plan.subjects[0].subject.name, program.name);
    const std::vector<HealthCheck> checks = check_health(plan, [](const HealthCheck&) {});
    ASSERT_EQ(checks.size(), 4U) << program.name;
    for (const HealthCheck& check : checks) EXPECT_TRUE(check.passed) << check.name << check.detail;
  }
}

TEST(HealthReport, PassesNothingThatWasNotChecked) {
  EXPECT_FALSE(all_passed({}));
  EXPECT_TRUE(all_passed({{"lean", "standard", "x", true, ""}}));
  EXPECT_FALSE(
      all_passed({{"lean", "standard", "x", true, ""}, {"lean", "standard", "y", false, ""}}));
}

// ---- the command itself ---------------------------------------------------------------------

TEST(Health, CorruptionFails) {
  const testing::Outcome outcome =
      run_hakmem("health --profile balanced --flavour bad=" + testing::corrupting_library());
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("FAIL  bad  balanced  c6_heavy: runs; corrupt: exit "
                                        "status 3: corruption: overwritten: the block"));
}

TEST(Health, AnAllocatorThatIsNotOursFails) {
  const testing::Outcome outcome =
      run_hakmem(std::string("health --profile lean --flavour other=") + HAKMEM_PLAIN_LIBRARY);
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("PASS  other  lean  mixed: runs"));
  EXPECT_THAT(outcome.output, HasSubstr("FAIL  other  lean  mixed: statistics are printed; 0 lines "
                                        "[MEMORY_STATS] instead of one"));
}

TEST(Health, ALibraryThatIsNoAllocatorFails) {
  const testing::Outcome outcome =
      run_hakmem(std::string("health --profile lean --flavour none=") + HAKMEM_EMPTY_LIBRARY);
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("FAIL  none  lean  mixed: runs; wrong allocator"));
}

TEST(Health, AHangIsKilledAndFails) {
  const testing::Outcome outcome =
      run_hakmem("health --profile lean --timeout 0.3 --flavour slow=" + testing::slow_library());
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("mixed: runs; timed out: killed after 0.3 s"));
}

TEST(Health, AnInterruptKeepsWhatWasChecked) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "health.json";
  const testing::Outcome outcome =
      run_hakmem(std::string("health --profile lean --flavour standard --flavour rude=") +
                 HAKMEM_INTERRUPTING_LIBRARY + " --out " + file);
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  const Json result = Json::parse(std::ifstream(file));
  EXPECT_EQ(result["interrupted"], true);
  EXPECT_EQ(result["passed"], false);
  EXPECT_EQ(result["checks"].size(), 4U * 4 + 3);
}

}  // namespace
}  // namespace hakmem::cli
