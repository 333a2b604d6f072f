// check_test.cc: a check that fails ends the process where checks are on, and is nothing where not.
#include "base/check.h"

#include <gtest/gtest.h>

#include <csignal>

namespace hakmem {
namespace {

TEST(Check, says_where_and_aborts) {
  EXPECT_EXIT(check_failed("layer/file.cc", 42), testing::KilledBySignal(SIGABRT),
              "hakmem: a check of the allocator itself failed: layer/file.cc:42");
}

TEST(Check, that_holds_is_silent) {
  bool asked = false;
  debug_check([&] {
    asked = true;
    return true;
  });
  EXPECT_EQ(asked, build::checks) << "where checks are off it is not even asked";
}

TEST(Check, that_does_not_hold_aborts_where_checks_are_on) {
  if constexpr (build::checks) {
    EXPECT_EXIT(debug_check([] { return false; }), testing::KilledBySignal(SIGABRT),
                "check_test.cc");
  } else {
    debug_check([] { return false; });
  }
}

}  // namespace
}  // namespace hakmem
