// subject_test.cc: workloads, programs, presets and allocators by what the user types.
#include "measure/subject.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command_line.h"
#include "compare/calibration.h"
#include "compare/presets.h"
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

TEST(Presets, AnUnknownOneIsRefused) { EXPECT_THROW(preset_subjects("slowstart"), UserError); }

TEST(Calibration, ScalesToTwoDigits) {
  EXPECT_EQ(scaled_count(1'000'000, 0.5, 1.0), 2'000'000U);
  EXPECT_EQ(scaled_count(1'000'000, 0.3, 1.0), 3'300'000U);
  EXPECT_EQ(scaled_count(10, 100.0, 0.5), 1U);
  EXPECT_EQ(scaled_count(7, 1.0, 1.0), 7U);
}

}  // namespace
}  // namespace hakmem::cli
