// main.cc: a test executable, or one scenario of it (see scenario.h).
//
// A filter that selects no test is a failure: a renamed suite must not pass unseen.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>

#include "scenario.h"

int main(int argc, char** argv) {
  constexpr const char option[] = "--scenario=";
  constexpr std::size_t option_length = sizeof(option) - 1;
  if (argc == 2 && std::strncmp(argv[1], option, option_length) == 0) {
    return contract::run_scenario_body(argv[1] + option_length);
  }
  testing::InitGoogleTest(&argc, argv);
  const int result = RUN_ALL_TESTS();
  if (!testing::GTEST_FLAG(list_tests) &&
      testing::UnitTest::GetInstance()->test_to_run_count() == 0) {
    std::fprintf(stderr, "contract: no test was selected\n");
    return 1;
  }
  return result;
}
