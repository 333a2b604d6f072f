// workload_support_test.cc: what workloads share and no run of one shows.
#include <gtest/gtest.h>

#include "support/mixed.h"

namespace workload {
namespace {

// The sizes of the floor's places are drawn, too; that must not move its steps.
TEST(MixedFloor, DrawsTheStepsOfTheSubject) {
  const MixedParameters p = {.ws = 400, .seed = 7, .min = 16, .max = 1024};
  UniformDraw of_subject(p);
  UniformDraw of_floor(p);
  const AllocatedBlocks subject(p, of_subject);
  const PackedBlocks floor(p, of_floor);
  for (int i = 0; i < 1000; ++i) {
    const Step step = of_subject.next();
    const Step same = of_floor.next();
    ASSERT_EQ(step.slot, same.slot) << i;
    ASSERT_EQ(step.bytes, same.bytes) << i;
  }
}

}  // namespace
}  // namespace workload
