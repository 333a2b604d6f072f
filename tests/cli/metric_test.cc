// metric_test.cc: a program's own figure among what it printed.
#include "measure/metric.h"

#include <gtest/gtest.h>

#include "user_error.h"

namespace hakmem::cli {
namespace {

TEST(Metric, TheLastMatchAndItsFirstGroupCount) {
  const std::string output = "warm 10.5 req/s\nhot 20.5 req/s\n";
  EXPECT_EQ(cost_in(output, parse_metric("([0-9.]+) req/s", false)), 20.5);
  EXPECT_EQ(cost_in(output, parse_metric("[0-9.]+", false)), 20.5);
  EXPECT_EQ(cost_in(output, parse_metric("warm ([0-9.]+)", false)), 10.5);
  EXPECT_EQ(cost_in("1e3 ms", parse_metric("(\\S+) ms", false)), 1000);
}

TEST(Metric, WhereMoreIsBetterTheInverseIsCompared) {
  EXPECT_EQ(cost_in("4 op/s", parse_metric("([0-9]+) op/s", true)), 0.25);
}

TEST(Metric, WhatIsNoFigureIsNone) {
  for (const char* const output :
       {"", "no figure", "x s", "0 s", "-1 s", "nan s", "inf s", "1x s"}) {
    EXPECT_FALSE(cost_in(output, parse_metric("(\\S+) s", false)).has_value()) << output;
  }
}

TEST(Metric, AWrongExpressionIsRefused) { EXPECT_THROW(parse_metric("(", false), UserError); }

}  // namespace
}  // namespace hakmem::cli
