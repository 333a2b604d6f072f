// counts_test.cc: `hakmem counts` counts exactly, and what cannot be counted is a row that says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "command_line.h"
#include "measure/temporary_folder.h"

namespace hakmem::cli::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

constexpr double known_nops = KNOWN_NOPS;
constexpr double known_calls_per_system_call = KNOWN_CALLS_PER_SYSTEM_CALL;

struct Counted {
  Outcome outcome;
  Json result;

  [[nodiscard]] const Json& call(std::size_t allocator, const std::string& name) const {
    for (const Json& call : result["allocators"][allocator]["calls"]) {
      if (call["call"] == name) return call;
    }
    throw std::runtime_error("no " + name + " in " + result.dump());
  }
  [[nodiscard]] const Json& workload(std::size_t allocator) const {
    return result["allocators"][allocator]["workloads"][0];
  }
};

// `before` goes before the command: assignments to variables.
Counted count(const std::string& arguments, const std::string& before = "") {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "counts.json";
  Counted counted;
  counted.outcome =
      run_shell(before + " " + HAKMEM_COMMAND + " counts " + arguments + " --out " + file);
  if (std::filesystem::exists(file)) counted.result = Json::parse(std::ifstream(file));
  return counted;
}

std::string known_allocators() {
  return std::string("--allocator plain=") + HAKMEM_PLAIN_LIBRARY +
         " --allocator padded=" + HAKMEM_PADDED_LIBRARY;
}

TEST(Counts, OfSingleCallsAreExact) {
  const Counted counted = count(known_allocators() + " --sizes 64");
  ASSERT_EQ(counted.outcome.status, 0) << counted.outcome.output;
  const auto more = [&](const char* call, const char* figure) {
    return counted.call(1, call)[figure].get<double>() -
           counted.call(0, call)[figure].get<double>();
  };
  // Nothing but the nops and, once in a thousand, a system call.
  EXPECT_NEAR(more("malloc", "instructions"), known_nops, 0.1);
  EXPECT_NEAR(more("malloc", "fifo_instructions"), known_nops, 0.1);
  EXPECT_NEAR(more("calloc", "instructions"), known_nops, 0.1);
  EXPECT_EQ(more("free", "instructions"), 0);
  EXPECT_EQ(more("realloc", "instructions"), 0);
}

TEST(Counts, OfWorkloadsAreExact) {
  const Counted counted = count(known_allocators() + " --workload tiny_hot");
  ASSERT_EQ(counted.outcome.status, 0) << counted.outcome.output;
  const auto of = [&](std::size_t allocator, const char* figure) {
    return counted.workload(allocator)[figure].get<double>();
  };
  // One operation in two is a malloc.
  const double more = of(1, "instructions_per_operation") - of(0, "instructions_per_operation");
  EXPECT_NEAR(more, known_nops / 2, 0.1);
  EXPECT_EQ(of(0, "system_calls_per_operation"), 0);
  EXPECT_NEAR(of(1, "system_calls_per_operation"), 0.5 / known_calls_per_system_call, 1e-6);
  EXPECT_LT(of(0, "floor_instructions_per_operation"), of(0, "instructions_per_operation"));
  EXPECT_EQ(of(0, "floor_instructions_per_operation"), of(1, "floor_instructions_per_operation"));
}

// The budget of the hot paths that tests/golden holds the library to.
TEST(Counts, OfOurLibraryAreWithinItsBudget) {
  const TemporaryFolder folder;
  // Without debug information: valgrind 3.19 gives up on that of clang 14.
  const std::string copy = folder.path() / "copy.so";
  ASSERT_EQ(run_shell("objcopy --strip-debug " + hakmem_library() + " " + copy).status, 0);
  const Counted counted = count("--allocator copy=" + copy + " --sizes 16,1000");
  ASSERT_EQ(counted.outcome.status, 0) << counted.outcome.output;
  EXPECT_LE(counted.call(0, "malloc")["instructions"], 14);
  EXPECT_LE(counted.call(0, "free")["instructions"], 19);
  EXPECT_EQ(counted.result["allocators"][0]["path"], copy);
  EXPECT_THAT(counted.outcome.output, HasSubstr("Every run proved which allocator it had"));
}

TEST(Counts, ACorruptingAllocatorIsARowAndTheOthersStay) {
  const Counted counted = count("--allocator libc --allocator bad=" + corrupting_library() +
                                " --workload random_mixed");
  EXPECT_EQ(counted.outcome.status, 1);
  EXPECT_THAT(counted.outcome.output,
              HasSubstr("FAILED random_mixed under bad: instructions: corrupt: exit status 3: "
                        "corruption: overwritten: the block"));
  EXPECT_THAT(counted.outcome.output, Not(HasSubstr("Every run proved")));
  EXPECT_EQ(counted.result["failures"], 1);
  EXPECT_GT(counted.workload(0)["instructions_per_operation"], 0);
  EXPECT_FALSE(counted.workload(0).contains("failure"));
  EXPECT_EQ(counted.workload(1)["instructions_per_operation"], nullptr);
  EXPECT_EQ(counted.workload(1)["system_calls_per_operation"], nullptr);
}

TEST(Counts, ALibraryThatIsNoAllocatorIsCaught) {
  const Counted counted =
      count(std::string("--allocator none=") + HAKMEM_EMPTY_LIBRARY + " --sizes 64");
  EXPECT_EQ(counted.outcome.status, 1);
  for (const char* const call : {"malloc", "free", "calloc", "realloc"}) {
    EXPECT_EQ(counted.call(0, call)["instructions"], nullptr);
    EXPECT_THAT(counted.call(0, call)["failure"].get<std::string>(),
                HasSubstr("wrong allocator: malloc came from"));
  }
}

TEST(Counts, HalfAnAllocatorIsCaught) {
  const Counted counted =
      count(std::string("--allocator half=") + HAKMEM_MALLOC_ALONE_LIBRARY + " --sizes 64");
  EXPECT_EQ(counted.outcome.status, 1);
  EXPECT_EQ(counted.call(0, "malloc")["instructions"], nullptr);
  EXPECT_THAT(counted.call(0, "malloc")["failure"].get<std::string>(),
              HasSubstr("calloc from elsewhere"));
}

TEST(Counts, AMissingToolIsNamedWithItsPackageAndTheOtherCounts) {
  const TemporaryFolder folder;
  const std::string link = "ln -s $(command -v strace) " + folder.path().string() + "; ";
  const Counted counted = count("--allocator libc --workload tiny_hot --sizes 64",
                                link + "PATH=" + folder.path().string());
  EXPECT_EQ(counted.outcome.status, 1);
  EXPECT_THAT(counted.outcome.output,
              HasSubstr("valgrind: no such program in PATH (Debian package valgrind)"));
  EXPECT_EQ(counted.call(0, "malloc")["instructions"], nullptr);
  EXPECT_EQ(counted.workload(0)["instructions_per_operation"], nullptr);
  EXPECT_EQ(counted.workload(0)["system_calls_per_operation"], 0.0);
}

TEST(Counts, AHangIsKilled) {
  const Counted counted = count("--allocator slow=" + slow_library() + " --sizes 64 --timeout 0.3");
  EXPECT_EQ(counted.outcome.status, 1);
  EXPECT_THAT(counted.outcome.output, HasSubstr("timed out: killed after 0.3 s"));
}

TEST(Counts, WhatWasCountedBeforeAnInterruptIsKept) {
  const Counted counted = count(std::string("--allocator libc --allocator rude=") +
                                HAKMEM_INTERRUPTING_LIBRARY + " --sizes 64,128");
  EXPECT_EQ(counted.outcome.status, 130) << counted.outcome.output;
  EXPECT_THAT(counted.outcome.output, HasSubstr("interrupted in calls of 64 bytes"));
  EXPECT_EQ(counted.result["interrupted"], true);
  EXPECT_EQ(counted.result["failures"], 0);
  EXPECT_GT(counted.call(0, "malloc")["instructions"], 0);
  EXPECT_TRUE(counted.result["allocators"][1]["calls"].empty());
}

// However it was called, so that its row of a comparison can be found.
TEST(Counts, SayWhichWorkloadWasCounted) {
  const Counted by_name = count("--allocator libc --workload tiny_hot:size=64");
  const Counted usual = count("--allocator libc --workload tiny_hot");
  ASSERT_EQ(by_name.outcome.status, 0) << by_name.outcome.output;
  const Json workload = by_name.workload(0);
  EXPECT_EQ(workload["name"], "tiny_hot:size=64");
  EXPECT_EQ(workload["workload"], "tiny_hot");
  EXPECT_EQ(workload["repetitions"], "cycles");
  EXPECT_EQ(workload["parameters"].value("size", 0), 64);
  EXPECT_EQ(workload["parameters"].value("batch", 0), 100);
  EXPECT_EQ(workload["switches"], Json::array());
  EXPECT_EQ(usual.workload(0)["parameters"], workload["parameters"]);
}

}  // namespace
}  // namespace hakmem::cli::testing
