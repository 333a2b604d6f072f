// summary.h: from samples to figures.
//
// The figure of a cell is the median over rounds of the ratio to the base allocator in the same
// round, with a bootstrap interval of 95 %. Absolute figures depend on the machine's mood and are
// for orientation only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compare/rounds.h"
#include "measure/sample.h"
#include "measure/statistics.h"

namespace hakmem::cli {

struct Ratio {
  double median = 0;
  Interval interval;
  std::size_t rounds = 0;

  // Half of the width of the interval.
  [[nodiscard]] double uncertainty() const { return (interval.high - interval.low) / 2; }
};

// One subject under one allocator.
struct Cell {
  std::size_t samples = 0;     // counted rounds only
  std::size_t failures = 0;    // of the warm-up, too
  std::string failure;         // the first one
  std::optional<Ratio> cost;   // time, or time per operation
  std::optional<Ratio> peak;   // peak RSS
  std::optional<Ratio> after;  // RSS when all was freed
  double median_seconds = 0;
  double median_peak_bytes = 0;
  double median_after_bytes = 0;
};

// The plan's own allocator against the best of the others. Which that is was chosen by the medians
// of odd rounds, the ratio is that of even ones: who wins by luck does not win twice.
struct AgainstBest {
  std::size_t peer = 0;
  Ratio cost;
  double limit = 0;  // the uncertainty up to which a ratio counts

  [[nodiscard]] bool decided() const { return cost.uncertainty() <= limit; }
};

struct Summary {
  std::vector<std::vector<Cell>> cells;                  // [subject][allocator]
  std::vector<std::optional<AgainstBest>> against_best;  // [subject]; nothing with few rounds
  int rounds = 0;
  std::size_t failures = 0;
};

Summary summarise(const Plan& plan, const std::vector<Sample>& samples);

// Returns the subjects whose ratio to the best peer is too uncertain to count, or has too few
// rounds to be known. None if the plan has no own allocator; rows that failed are not among them.
std::vector<std::size_t> undecided_subjects(const Plan& plan, const std::vector<Sample>& samples);

// Returns the geometric mean over all subjects that have the figure, or nothing if one of those
// lacks it under this allocator.
std::optional<double> mean_ratio(const Summary& summary, std::size_t allocator,
                                 std::optional<Ratio> Cell::*figure);

}  // namespace hakmem::cli
