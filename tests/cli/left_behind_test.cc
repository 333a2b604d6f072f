// left_behind_test.cc: a process whose parent has ended belongs to the run that it came from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "measure/measure.h"

namespace hakmem::cli {
namespace {

constexpr double long_seconds_of_a_run = 60;

// A shell that leaves `behind` to itself and goes on for a moment.
Subject leaving_behind(const std::string& behind) {
  Subject subject;
  subject.name = "sh";
  subject.command = {"/bin/sh", "-c", "(" + behind + " &); timeout 1 tail -f /dev/null; exit 0"};
  return subject;
}

TEST(LeftBehind, IsMemoryOfTheTree) {
  // A block of 64 MiB, written, and not taken by anybody.
  Subject subject = leaving_behind("dd if=/dev/zero bs=64M count=1 2>/dev/null | sleep 60");
  subject.whole_tree = true;
  const Sample sample = measure(subject, parse_allocator("libc"), long_seconds_of_a_run);
  EXPECT_EQ(sample.verdict, Verdict::ok) << sample.detail;
  EXPECT_GE(sample.peak_rss_bytes, std::uint64_t{64} << 20);
}

TEST(LeftBehind, MayBeTheProcessThatIsJudged) {
  Subject subject = leaving_behind("/bin/sleep 60");
  subject.judged_process = "sleep";
  const Sample sample = measure(subject, parse_allocator("libc"), long_seconds_of_a_run);
  EXPECT_EQ(sample.verdict, Verdict::ok) << sample.detail;
}

}  // namespace
}  // namespace hakmem::cli
