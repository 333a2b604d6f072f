// subject_test.cc: workloads, programs, servers, suites and allocators by what the user types.
#include "measure/subject.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "command_line.h"
#include "compare/suites.h"
#include "measure/allocator.h"
#include "user_error.h"

namespace hakmem::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Program, KeepsItsArgumentsAndGetsItsPath) {
  const Subject subject = program_subject({"sh", "-c", "--", "a b"});
  EXPECT_EQ(subject.name, "sh");
  EXPECT_THAT(subject.command, ElementsAre(::testing::EndsWith("/bin/sh"), "-c", "--", "a b"));
  EXPECT_EQ(subject.problem, "");
  EXPECT_THAT(typed_program("sh -c 'a b'").command,
              ElementsAre(::testing::EndsWith("/bin/sh"), "-c", "a b"));
}

TEST(Program, WhatCannotBeMeasuredSaysWhy) {
  const auto problem_of = [](const std::string& words) { return typed_program(words).problem; };
  EXPECT_THAT(problem_of("no-such-program-here"), HasSubstr("no such program in PATH"));
  EXPECT_THAT(problem_of("/no/such/file"), HasSubstr("no such file"));
  EXPECT_THAT(problem_of("/etc/passwd"), HasSubstr("not executable"));
  EXPECT_THAT(problem_of(HAKMEM_STATIC_PROGRAM), HasSubstr("linked statically"));
}

TEST(Allocators, KnownNamesAndNamedLibraries) {
  EXPECT_EQ(parse_allocator("libc").name, "libc");
  EXPECT_THAT(parse_allocator("libc").library.string(), ::testing::HasSubstr("/libc.so."));
  const Allocator mine = parse_allocator("mine=" + testing::hakmem_library());
  EXPECT_EQ(mine.name, "mine");
  EXPECT_EQ(mine.library, std::filesystem::canonical(testing::hakmem_library()));
}

TEST(Allocators, WhatIsNotThereIsRefused) {
  for (const char* const text :
       {"", "=", "=/lib/x.so", "nosuchalloc", "mine=", "mine=/no/such.so", "mine=/etc/passwd"}) {
    EXPECT_THROW(parse_allocator(text), UserError) << text;
  }
}

TEST(Allocators, APathThatIsNoLibraryIsAProblemButANameThatNobodyKnowsIsRefused) {
  for (const char* const path : {"/no/such.so", "/etc/passwd", ""}) {
    const Allocator wrong = parse_allocator_or_problem(std::string("mine=") + path);
    EXPECT_EQ(wrong.name, "mine");
    EXPECT_EQ(wrong.library, path);
    EXPECT_NE(wrong.problem, "") << path;
  }
  EXPECT_EQ(parse_allocator_or_problem("mine=" + testing::hakmem_library()).problem, "");
  for (const char* const text : {"nosuchalloc", "=", ""}) {
    EXPECT_THROW(parse_allocator_or_problem(text), UserError) << text;
  }
}

TEST(Servers, WordsAreSplitAsAShellDoesAndFoldersAreLeft) {
  const Subject subject = server_subject("sh -c 'a {b}' {dir}/x \"$HOME\"", "load {dir}", "");
  EXPECT_THAT(subject.command, ElementsAre(::testing::EndsWith("/bin/sh"), "-c", "a {b}", "{dir}/x",
                                           std::getenv("HOME")));
  EXPECT_THAT(subject.load, ElementsAre("/bin/sh", "-c", "load {dir}"));
  EXPECT_TRUE(subject.release.empty());
  for (const char* const wrong : {"", "  ", "sh 'open", "sh $(date)", "sh; sh"}) {
    EXPECT_THROW(server_subject(wrong, "true", ""), UserError) << wrong;
  }
}

TEST(Suites, EachHasRowsAndAnUnknownOneIsRefused) {
  for (const char* const name : {"quick", "full", "threads", "memory", "apps"}) {
    EXPECT_GE(find_suite(name).subjects.size(), 4U) << name;
  }
  EXPECT_THROW(find_suite("slow"), UserError);
}

TEST(Suites, EachHasABudgetAndSamplesOfHalfASecondAtLeast) {
  for (const char* const name : {"quick", "full", "threads", "memory", "apps"}) {
    const Suite suite = find_suite(name);
    EXPECT_GT(suite.budget_seconds, 0) << name;
    EXPECT_GE(suite.sample_seconds, 0.5) << name;
    EXPECT_LE(suite.sample_seconds, 1.5) << name;
    EXPECT_GE(suite.rounds, 6) << name;
  }
  EXPECT_LT(find_suite("quick").budget_seconds, 300);
  EXPECT_LT(find_suite("full").budget_seconds, 90 * 60);
  EXPECT_GE(find_suite("full").rounds, 12);
  EXPECT_GE(find_suite("threads").rounds, 12);
}

std::vector<std::string> names_in(const char* suite) {
  std::vector<std::string> names;
  for (const Subject& subject : find_suite(suite).subjects) names.push_back(subject.name);
  return names;
}

TEST(Suites, RemoteFreesAreThereInAllLanesAndShares) {
  const std::vector<std::string> threads = names_in("threads");
  const std::vector<std::string> full = names_in("full");
  for (const int count : {1, 2, 4, 16}) {
    for (const int largest : {2048, 32768, 131072}) {
      for (const int percent : {0, 50, 90}) {
        const std::string name = "mt_remote:threads=" + std::to_string(count) +
                                 ",max=" + std::to_string(largest) +
                                 ",remote=" + std::to_string(percent);
        EXPECT_THAT(threads, ::testing::Contains(name));
        if (count == 2 || count == 16) {
          EXPECT_THAT(full, ::testing::Contains(name));
        }
      }
    }
  }
}

TEST(Suites, MemoryWhenAllWasFreedIsAskedForOftenEnoughWhereThatIsTheQuestion) {
  EXPECT_GE(find_suite("memory").after_rounds, 6);
}

TEST(Suites, ARowMayNameAProgramThatMayBeMissing) {
  EXPECT_EQ(parse_row_or_problem("sqlite3"),
            made_or_problem("sqlite3", [] { return parse_row("sqlite3"); }));
  EXPECT_THROW(parse_row_or_problem("nosuch"), UserError) << "a workload is ours";
}

TEST(Suites, AProgramThatIsMissingIsARowThatNamesItsPackage) {
  EXPECT_EQ(packaged_program("sh", "dash"), "/usr/bin/sh");
  const Subject missing = made_or_problem("nosuch", []() -> Subject {
    Subject subject;
    subject.command = {packaged_program("no-such-program", "some-package")};
    return subject;
  });
  EXPECT_EQ(missing.name, "nosuch");
  EXPECT_THAT(missing.problem, HasSubstr("Debian package some-package"));
}

TEST(Threads, AreWhatTheLineSays) {
  EXPECT_EQ(threads_in(""), 1U);
  EXPECT_EQ(threads_in("[]"), 1U);
  EXPECT_EQ(threads_in(R"({"parameters":{"threads":16}})"), 16U);
  EXPECT_EQ(threads_in(R"({"parameters":{"pairs":8}})"), 16U);
}

}  // namespace
}  // namespace hakmem::cli
