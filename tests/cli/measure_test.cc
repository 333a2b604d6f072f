// measure_test.cc: whatever a run does, it becomes a sample that says so.
#include "measure/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

#include "command_line.h"
#include "measure/process_map.h"

namespace hakmem::cli {
namespace {

using ::testing::HasSubstr;

constexpr double timeout_seconds = 60;

Subject shell(const std::string& script) {
  Subject subject;
  subject.name = "sh";
  subject.command = {"/bin/sh", "-c", script};
  return subject;
}

Subject workload(const std::string& name, const std::string& argument) {
  Subject subject;
  subject.name = name;
  subject.kind = SubjectKind::workload;
  subject.command = {testing::workload_path(name), argument};
  return subject;
}

TEST(MeasureProgram, TimeMemoryAndAllocatorAreSeen) {
  const Allocator libc = parse_allocator("libc");
  const Sample sample = measure(shell("sleep 0.2"), libc, timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::ok) << sample.detail;
  EXPECT_GE(sample.seconds, 0.2);
  EXPECT_EQ(sample.allocator_path, libc.library.string());
}

TEST(MeasureProgram, ThePeakIsTheProgramsOwn) {
  // One block of 64 MiB, written.
  const Subject subject = shell("dd if=/dev/zero of=/dev/null bs=64M count=1; exit 0");
  const Sample sample = measure(subject, parse_allocator("libc"), timeout_seconds);
  EXPECT_GE(sample.peak_rss_bytes, std::uint64_t{64} << 20);
  EXPECT_LT(sample.peak_rss_bytes, std::uint64_t{80} << 20);
}

TEST(MeasureProgram, AnotherUsersPreloadDoesNotCount) {
  const Sample sample =
      measure(shell("case $LD_PRELOAD in *libc.so*) sleep 0.2;; *) exit 9;; esac"),
              parse_allocator("libc"), timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::ok) << sample.detail;
}

TEST(MeasureProgram, ExitStatusAndLastErrorLineAreKept) {
  const Sample sample = measure(shell("echo first >&2; echo last words >&2; exit 3"),
                                parse_allocator("libc"), timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::failed);
  EXPECT_EQ(sample.detail, "exit status 3: last words");
}

TEST(MeasureProgram, ACrashIsNamed) {
  const Sample sample = measure(shell("kill -SEGV $$"), parse_allocator("libc"), timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::crashed);
  EXPECT_THAT(sample.detail, HasSubstr("signal 11"));
}

TEST(MeasureProgram, ThePeakIsTheProgramsOwnAlsoUnderALargeRunner) {
  // The kernel carries the peak across fork and exec: a runner that forks by itself sees its own.
  const std::vector<char> load(std::size_t{200} << 20, 'x');
  ASSERT_GT(memory_of(::getpid(), "VmRSS"), load.size());
  const Sample sample =
      measure(shell("sleep 0.1; exit 0"), parse_allocator("libc"), timeout_seconds);
  ASSERT_EQ(sample.verdict, Verdict::ok) << sample.detail;
  EXPECT_GT(sample.peak_rss_bytes, std::uint64_t{256} << 10);
  EXPECT_LT(sample.peak_rss_bytes, std::uint64_t{20} << 20);
}

TEST(MeasureProgram, AHangIsKilled) {
  const Sample sample = measure(shell("sleep 3600 & sleep 3600"), parse_allocator("libc"), 0.3);
  EXPECT_EQ(sample.verdict, Verdict::timed_out);
  EXPECT_THAT(sample.detail, HasSubstr("0.3"));
}

TEST(MeasureProgram, ADriverIsJudgedByTheProcessItStarts) {
  Subject subject = shell("/bin/sleep 0.3; exit 0");
  subject.judged_process = "sleep";
  const Sample good = measure(subject, parse_allocator("libc"), timeout_seconds);
  EXPECT_EQ(good.verdict, Verdict::ok) << good.detail;
  subject.judged_process = "no-such-process";
  const Sample unseen = measure(subject, parse_allocator("libc"), timeout_seconds);
  EXPECT_EQ(unseen.verdict, Verdict::unproven);
}

TEST(MeasureProgram, AProgramThatDropsThePreloadIsCaught) {
  const Allocator mine = parse_allocator("mine=" + testing::hakmem_library());
  Subject subject = shell("LD_PRELOAD= sleep 0.3; exit 0");
  subject.judged_process = "sleep";
  const Sample sample = measure(subject, mine, timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::wrong_allocator);
}

TEST(MeasureProgram, ALibraryThatDefinesNoMallocIsCaught) {
  const Allocator none = parse_allocator("none=" + std::string(HAKMEM_EMPTY_LIBRARY));
  const Sample sample = measure(shell("sleep 0.2; exit 0"), none, timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::wrong_allocator);
  EXPECT_THAT(sample.detail, HasSubstr("defines no malloc"));
}

TEST(MeasureProgram, HalfAnAllocatorIsCaught) {
  const Allocator half = parse_allocator("half=" + std::string(HAKMEM_MALLOC_ALONE_LIBRARY));
  Subject subject;
  subject.command = {"/bin/sleep", "0.2"};  // lives without realloc
  const Sample sample = measure(subject, half, timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::wrong_allocator);
  EXPECT_THAT(sample.detail, HasSubstr("defines no calloc: it is no allocator, or half of one"));
}

TEST(MeasureProgram, AProgramWithAMallocOfItsOwnIsCaught) {
  Subject subject;
  subject.command = {HAKMEM_OWN_MALLOC_PROGRAM};
  const Allocator mine = parse_allocator("mine=" + testing::hakmem_library());
  const Sample sample = measure(subject, mine, timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::wrong_allocator);
  EXPECT_THAT(sample.detail, HasSubstr("own_malloc_program defines malloc itself"));
}

TEST(MeasureProgram, AStaticProgramIsCaught) {
  Subject subject;
  subject.command = {HAKMEM_STATIC_PROGRAM};
  const Sample sample = measure(subject, parse_allocator("libc"), timeout_seconds);
  EXPECT_NE(sample.verdict, Verdict::ok);
}

TEST(MeasureProgram, WhatCannotBeStartedIsASample) {
  Subject subject;
  subject.command = {"/no/such/program"};
  const Sample sample = measure(subject, parse_allocator("libc"), timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::not_started);
  EXPECT_THAT(sample.detail, HasSubstr("/no/such/program"));
}

TEST(MeasureWorkload, ItsOwnFiguresAreTaken) {
  const Sample sample =
      measure(workload("tiny_hot", "cycles=1000"), parse_allocator("libc"), timeout_seconds);
  ASSERT_EQ(sample.verdict, Verdict::ok) << sample.detail;
  EXPECT_EQ(nlohmann::json::parse(sample.line)["operations"], 200'000);
  EXPECT_DOUBLE_EQ(sample.cost, sample.seconds / 200'000);
  EXPECT_GT(sample.peak_rss_bytes, 0U);
}

TEST(MeasureWorkload, OurLibraryProvesItself) {
  const Allocator mine = parse_allocator("mine=" + testing::hakmem_library());
  const Sample sample = measure(workload("tiny_hot", "cycles=1000"), mine, timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::ok) << sample.detail;
  EXPECT_EQ(sample.allocator_path, mine.library.string());
}

TEST(MeasureWorkload, AWrongAllocatorIsCaught) {
  // A shared library that does not define malloc at all.
  const Allocator none = parse_allocator("none=" + std::string(HAKMEM_EMPTY_LIBRARY));
  const Sample sample = measure(workload("tiny_hot", "cycles=10"), none, timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::wrong_allocator);
  EXPECT_THAT(sample.detail, HasSubstr("libc.so"));
}

TEST(MeasureWorkload, HalfAnAllocatorIsCaught) {
  const Allocator half = parse_allocator("half=" + std::string(HAKMEM_MALLOC_ALONE_LIBRARY));
  const Sample sample = measure(workload("tiny_hot", "cycles=10"), half, timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::wrong_allocator);
  EXPECT_THAT(sample.detail, HasSubstr("calloc from elsewhere"));
}

TEST(MeasureWorkload, CorruptionIsCaught) {
  const Allocator corrupting = parse_allocator("bad=" + testing::corrupting_library());
  const Sample sample = measure(workload("random_mixed", "iters=1M"), corrupting, timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::corrupt);
  EXPECT_THAT(sample.detail, HasSubstr("does not hold what was written"));
}

TEST(MeasureWorkload, AHangIsCaught) {
  const Allocator slow = parse_allocator("slow=" + testing::slow_library());
  const Sample sample = measure(workload("tiny_hot", "cycles=10"), slow, 0.3);
  EXPECT_EQ(sample.verdict, Verdict::timed_out);
}

TEST(MeasureWorkload, AnUntimedRunIsNoSample) {
  const Sample sample =
      measure(workload("tiny_hot", "--verify"), parse_allocator("libc"), timeout_seconds);
  EXPECT_EQ(sample.verdict, Verdict::failed);
}

}  // namespace
}  // namespace hakmem::cli
