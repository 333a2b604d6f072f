// counting_tools_test.cc: what callgrind and strace write is understood, and what is not whole is
// refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "command_line.h"
#include "counts/callgrind.h"
#include "counts/counted_workload.h"
#include "counts/strace.h"
#include "measure/allocator.h"
#include "user_error.h"

namespace hakmem::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double timeout_seconds = 120;

// Two calls of `take` into an allocator, one into the same object, with costs of its own around.
constexpr const char* profile_text = R"(# callgrind format
version: 1
positions: line
events: Ir
summary: 151

ob=/bin/program
fl=program.cc
fn=take
41 7
cob=/lib/allocator.so
cfi=malloc.c
cfn=malloc
calls=10 3281
41 100
41 5
cfn=helper
calls=1 12
42 20
cob=???
cfn=unknown
calls=1 0
42 3
44

fn=give
50 16

totals: 151
)";

Profile profile_of(const std::string& text) {
  std::istringstream stream(text);
  return parse_profile(stream);
}

TEST(Callgrind, CallsAreToldFromTheirCallersOwnCost) {
  const Profile profile = profile_of(profile_text);
  EXPECT_EQ(profile.instructions, 151U);
  ASSERT_EQ(profile.calls.size(), 1U);
  const CallsFrom& calls = profile.calls.at("take");
  EXPECT_EQ(calls.instructions, 123U);
  EXPECT_THAT(calls.objects, ElementsAre("/bin/program", "/lib/allocator.so"));
}

TEST(Callgrind, AProfileThatEndsEarlyIsRefused) {
  const std::string text = profile_text;
  EXPECT_THROW(profile_of(text.substr(0, text.find("totals"))), UserError);
  EXPECT_THROW(profile_of(""), UserError);
}

TEST(Callgrind, TwiceTheOperationsCostTwiceAsMuch) {
  const Allocator libc = parse_allocator("libc");
  const auto instructions_of = [&libc](const char* cycles) {
    Profile profile;
    const Sample sample = run_callgrind({testing::workload_path("tiny_hot"), cycles}, "", libc,
                                        timeout_seconds, profile);
    EXPECT_EQ(failure_of(sample), "");
    return static_cast<double>(profile.instructions);
  };
  const double once = instructions_of("cycles=100");
  const double twice = instructions_of("cycles=200");
  EXPECT_NEAR(instructions_of("cycles=300") - twice, twice - once, 0.001 * once);
}

TEST(Callgrind, ARunThatFailsSaysWhy) {
  Profile profile;
  const Allocator libc = parse_allocator("libc");
  EXPECT_THAT(failure_of(run_callgrind({testing::workload_path("tiny_hot"), "nosuch=1"}, "", libc,
                                       timeout_seconds, profile)),
              HasSubstr("exit status 2: usage: tiny_hot"));
  EXPECT_THAT(failure_of(run_callgrind({"/bin/sh", "-c", "kill -SEGV $$"}, "", libc,
                                       timeout_seconds, profile)),
              HasSubstr("crashed: signal 11"));
}

TEST(Callgrind, WhereValgrindGivesUpARemedyIsNamed) {
  EXPECT_THAT(remedy_for("==1== Valgrind: debuginfo reader: ensure_valid failed:\n"
                         "==1== Valgrind:   valid image size of 1367488 for image:\n"
                         "==1== Valgrind:   \"/lib/allocator.so\"\n"
                         "==1== \n"),
              HasSubstr("debug information of /lib/allocator.so: "));
  EXPECT_EQ(remedy_for("corruption: the block \"0\"\n"), "");
}

constexpr const char* summary_text =
    "% time     seconds  usecs/call     calls    errors syscall\n"
    "------ ----------- ----------- --------- --------- ----------------\n"
    " 46.26    0.000167          13        12           madvise\n"
    "  2.86    0.000014           2         6         5 readlink\n"
    "------ ----------- ----------- --------- --------- ----------------\n"
    "100.00    0.000181          10        18         5 total\n";

std::uint64_t calls_of(const std::string& text) {
  std::istringstream stream(text);
  return parse_strace_summary(stream);
}

TEST(Strace, CallsAreAddedUp) { EXPECT_EQ(calls_of(summary_text), 18U); }

TEST(Strace, ASummaryThatIsNotWholeIsRefused) {
  const std::string text = summary_text;
  EXPECT_THROW(calls_of(""), UserError);
  EXPECT_THROW(calls_of(text.substr(0, text.find("100.00"))), UserError);
  std::string miscounted = text;
  miscounted.replace(miscounted.find("   12 "), 6, "   13 ");
  EXPECT_THROW(calls_of(miscounted), UserError);
}

TEST(Strace, TheWorkloadHasTheAllocator) {
  const Allocator mine = parse_allocator("mine=" + testing::hakmem_library());
  std::uint64_t system_calls = 0;
  const Sample sample = run_strace({testing::workload_path("tiny_hot"), "cycles=10"}, mine,
                                   timeout_seconds, system_calls);
  EXPECT_EQ(failure_of(sample), "");
  EXPECT_GT(system_calls, 10U);
}

TEST(CountedWorkload, IsRepeatedAsOftenAsToldAfterItsOwnArguments) {
  const CountedWorkload workload = parse_counted_workload("random_mixed:ws=8192,--compat");
  EXPECT_EQ(workload.name, "random_mixed:ws=8192,--compat");
  EXPECT_THAT(workload.command_for(7, true),
              ElementsAre(HasSubstr("/random_mixed"), "ws=8192", "--compat", "iters=7", "--floor"));
}

TEST(CountedWorkload, EachOfThemTakesItsRepetitionsAndHasAFloorWhereItSays) {
  for (const CountedWorkload& workload : counted_workloads()) {
    for (const bool floor : {false, true}) {
      std::string line;
      for (const std::string& word : workload.command_for(2, floor)) line += word + " ";
      const int expected = floor && !workload.has_floor ? 2 : 0;
      EXPECT_EQ(testing::run_shell(line).status, expected) << line;
    }
  }
}

}  // namespace
}  // namespace hakmem::cli
