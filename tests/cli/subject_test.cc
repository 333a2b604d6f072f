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

TEST(Program, KeepsItsArgumentsAndGetsItsPath) {
  const Subject subject = program_subject({"sh", "-c", "--", "a b"});
  EXPECT_EQ(subject.name, "sh");
  EXPECT_THAT(subject.command, ElementsAre(::testing::EndsWith("/bin/sh"), "-c", "--", "a b"));
  EXPECT_THROW(program_subject({"no-such-program-here"}), UserError);
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

TEST(Servers, WordsAreSplitAsAShellDoesAndFoldersAreLeft) {
  const Subject subject = server_subject("sh -c 'a {b}' {dir}/x \"$HOME\"", "load {dir}", "");
  EXPECT_THAT(subject.command, ElementsAre(::testing::EndsWith("/bin/sh"), "-c", "a {b}", "{dir}/x",
                                           std::getenv("HOME")));
  EXPECT_THAT(subject.load, ElementsAre("/bin/sh", "-c", "load {dir}"));
  EXPECT_TRUE(subject.release.empty());
  for (const char* const wrong :
       {"", "  ", "sh 'open", "sh $(date)", "sh; sh", "no-such-program"}) {
    EXPECT_THROW(server_subject(wrong, "true", ""), UserError) << wrong;
  }
}

TEST(Suites, EachHasRowsAndAnUnknownOneIsRefused) {
  for (const char* const name : {"quick", "full", "threads", "memory", "apps"}) {
    EXPECT_GE(find_suite(name).subjects.size(), 4U) << name;
  }
  EXPECT_THROW(find_suite("slow"), UserError);
}

TEST(Threads, AreWhatTheLineSays) {
  EXPECT_EQ(threads_in(""), 1U);
  EXPECT_EQ(threads_in("[]"), 1U);
  EXPECT_EQ(threads_in(R"({"parameters":{"threads":16}})"), 16U);
  EXPECT_EQ(threads_in(R"({"parameters":{"pairs":8}})"), 16U);
}

}  // namespace
}  // namespace hakmem::cli
