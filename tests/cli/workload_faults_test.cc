// workload_faults_test.cc: an allocator with a planted fault is found out by every workload: exit
// status 3 and one line that names the kind of corruption.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "workload_list.h"

namespace hakmem::cli::testing {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

Outcome run_with_fault(const Workload& workload, const std::string& fault,
                       const std::string& more) {
  return run_workload(workload.name, workload.small + " " + workload.faulty + " " + more,
                      "CORRUPTING_MALLOC=" + fault + " LD_PRELOAD=" + corrupting_library());
}

void expect_found(const Outcome& outcome, const std::string& kind) {
  EXPECT_EQ(outcome.status, 3) << outcome.output;
  EXPECT_THAT(outcome.output, StartsWith("corruption: " + kind + ": "));
  EXPECT_EQ(outcome.output.find('\n'), outcome.output.size() - 1) << outcome.output;
}

class WorkloadFaultTest : public ::testing::TestWithParam<Workload> {
 protected:
  static Outcome timed(const std::string& fault) { return run_with_fault(GetParam(), fault, ""); }
  static Outcome verified(const std::string& fault) {
    return run_with_fault(GetParam(), fault, "--verify");
  }
};

TEST_P(WorkloadFaultTest, ABlockGivenTwiceIsFoundInTimedRuns) {
  expect_found(timed("twice"), "overwritten");
}

TEST_P(WorkloadFaultTest, ABlockGivenTwiceIsFoundByVerifying) {
  expect_found(verified("twice"), "overwritten");
}

TEST_P(WorkloadFaultTest, BlocksThatOverlapAreFoundByVerifying) {
  expect_found(verified("overlapping"), "overwritten");
}

TEST_P(WorkloadFaultTest, AWriteIntoALiveBlockIsFoundByVerifying) {
  expect_found(verified("scribbling"), "overwritten");
}

TEST_P(WorkloadFaultTest, AMisalignedBlockIsFoundInTimedRuns) {
  Workload workload = GetParam();
  if (!workload.faulty.empty()) workload.faulty = "threads=2 iters=100";
  expect_found(run_with_fault(workload, "misaligned", ""), "misaligned");
}

TEST_P(WorkloadFaultTest, AMisalignedBlockIsFoundByVerifying) {
  Workload workload = GetParam();
  if (!workload.faulty.empty()) workload.faulty = "threads=2 iters=100";
  expect_found(run_with_fault(workload, "misaligned", "--verify"), "misaligned");
}

// The same allocator without a fault: what was found above was the fault.
TEST_P(WorkloadFaultTest, NothingIsFoundWhereThereIsNoFault) {
  for (const std::string mode : {"", "--verify"}) {
    const Outcome outcome =
        run_workload(GetParam().name, GetParam().small + " " + mode,
                     "CORRUPTING_MALLOC=none LD_PRELOAD=" + corrupting_library());
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_THAT(outcome.output, EndsWith("}\n"));
  }
}

INSTANTIATE_TEST_SUITE_P(Workloads, WorkloadFaultTest, ::testing::ValuesIn(all_workloads()),
                         name_of_test);

TEST(CallocFresh, FindsBlocksThatAreNotZeroed) {
  const Workload workload = {"calloc_fresh", "big=1Mi cycles=20", true};
  expect_found(run_with_fault(workload, "dirty", ""), "not zeroed");
  expect_found(run_with_fault(workload, "dirty", "--verify"), "not zeroed");
}

TEST(CallocFresh, FindsASingleByteByVerifying) {
  const Workload workload = {"calloc_fresh", "big=1Mi cycles=20", true};
  expect_found(run_with_fault(workload, "dirty-inside", "--verify"), "not zeroed");
}

}  // namespace
}  // namespace hakmem::cli::testing
