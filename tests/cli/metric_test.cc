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

TEST(Metric, LongOutputIsSearchedLineByLine) {
  const std::string filler(200'000, 'x');
  EXPECT_EQ(cost_in("time 7 s\n" + filler + "\n", parse_metric("^time (.*) s$", false)), 7);
  EXPECT_EQ(cost_in(filler + " time 7 s\n", parse_metric("time (\\S+) s$", false)), 7);
  EXPECT_FALSE(cost_in(filler, parse_metric("(.*)", false)).has_value());
  // Where a line was cut is not its beginning.
  EXPECT_FALSE(cost_in(filler + std::string(longest_line, '1'), parse_metric("^(1+)$", false)));
  std::string lines;
  for (int i = 1; i <= 50'000; ++i) lines += "at " + std::to_string(i) + "\n";
  EXPECT_EQ(cost_in(lines, parse_metric("at ([0-9]+)", false)), 50'000);
}

TEST(Metric, ALineHasItsEnds) {
  EXPECT_EQ(cost_in("a 1\n2\n3 b", parse_metric("^([0-9]+)$", false)), 2);
  EXPECT_FALSE(cost_in("1\n\n", parse_metric("\n1", false)).has_value());
}

TEST(Metric, AWrongExpressionIsRefused) { EXPECT_THROW(parse_metric("(", false), UserError); }

}  // namespace
}  // namespace hakmem::cli
