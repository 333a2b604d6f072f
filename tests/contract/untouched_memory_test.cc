// untouched_memory_test.cc: memory that nobody touches is not resident.
#include <gtest/gtest.h>

#include "blocks.h"
#include "subject.h"

namespace contract {
namespace {

TEST(UntouchedMemoryTest, GigabytesThatNobodyTouchesCostNothing) {
  const std::size_t before = resident_bytes();
  void* const block = subject().malloc(gib);
  ASSERT_NE(block, nullptr);
  static_cast<char*>(block)[0] = 1;
  static_cast<char*>(block)[gib - 1] = 1;
  EXPECT_LT(resident_bytes(), before + 16 * mib);
  subject().free(block);
}

TEST(UntouchedMemoryTest, FreshLargeCallocsAreNotTouched) {
  subject().trim(0);
  const std::size_t before = resident_bytes();
  void* const block = subject().calloc(256, mib);
  ASSERT_NE(block, nullptr);
  EXPECT_LT(resident_bytes(), before + 8 * mib);
  EXPECT_EQ(static_cast<char*>(block)[200 * mib], 0);
  subject().free(block);
}

}  // namespace
}  // namespace contract
