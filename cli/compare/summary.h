// summary.h: from samples to figures.
//
// The figure of a cell is the median over rounds of the ratio to the base allocator in the same
// round, with a bootstrap interval of 95 %. Absolute figures depend on the machine's mood and are
// for orientation only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compare/plan.h"
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
  std::size_t samples = 0;        // counted rounds only
  std::size_t failures = 0;       // of the warm-up, too
  std::string failure;            // the first one
  std::optional<Ratio> cost;      // time, or time per operation
  std::optional<Ratio> net_cost;  // less the floor, where the row has one
  std::optional<Ratio> peak;      // peak RSS
  std::optional<Ratio> after;     // RSS when all was freed
  // Less what the same program holds at the start of main under libc, if that is compared.
  std::optional<Ratio> net_peak;
  std::optional<Ratio> net_after;
  double median_seconds = 0;
  double median_cost = 0;
  double median_peak_bytes = 0;
  double median_after_bytes = 0;
};

// The plan's own allocator against the best of the others. Which that is was chosen by the medians
// of odd rounds, the ratio is that of even ones: who wins by luck does not win twice.
struct AgainstBest {
  std::size_t peer = 0;
  Ratio cost;
  double limit = 0;          // the uncertainty up to which a ratio counts
  std::optional<Ratio> net;  // the same without the floor, where the row has one
  // What the peer costs beyond the floor is within three times its own uncertainty: clocks cannot
  // tell, exact counts decide.
  bool below_resolution = false;

  [[nodiscard]] bool decided() const { return cost.uncertainty() <= limit; }
};

// Figures are indexed as plan.rows is.
struct Summary {
  std::vector<std::vector<Cell>> cells;                  // [row][allocator]
  std::vector<std::optional<AgainstBest>> against_best;  // nothing with few rounds
  std::vector<double> floor_cost;                        // median; 0 without a floor
  std::vector<unsigned> threads;
  int rounds = 0;
  std::size_t failures = 0;
};

Summary summarise(const Plan& plan, const std::vector<Sample>& samples);

// Returns whether further rounds of the row would tell nothing: its ratio to the best peer is
// certain enough to count, or it failed, or the plan has no own allocator. `samples` may hold
// other rows, too.
bool is_decided(const Plan& plan, std::size_t row, const std::vector<Sample>& samples);

// Returns the geometric mean over all rows that have the figure, or nothing if one of those lacks
// it under this allocator.
std::optional<double> mean_ratio(const Summary& summary, std::size_t allocator,
                                 std::optional<Ratio> Cell::*figure);

}  // namespace hakmem::cli
