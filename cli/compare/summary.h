// summary.h: from samples to figures.
//
// The figure of a cell is the median over rounds of the ratio to the base allocator in the same
// round, with its interval (measure/statistics.h). Absolute figures depend on the machine's mood
// and are for orientation only. An allocator that failed in a row, in whatever round, has no
// figures there: what it did before it failed cannot be trusted either.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compare/plan.h"
#include "measure/ratio.h"
#include "measure/sample.h"

namespace hakmem::cli {

// One subject under one allocator.
struct Cell {
  std::size_t samples = 0;        // counted rounds only
  std::size_t failures = 0;       // of the warm-up, too
  std::string failure;            // the first one
  std::optional<Ratio> cost;      // time, or time per operation
  bool resolved = false;          // cost is certain enough to count; the base's own is
  std::optional<Ratio> net_cost;  // less the floor, where the row has one: net_ratio.h
  std::optional<Ratio> peak;      // peak RSS
  std::optional<Ratio> after;     // RSS when all was freed
  // Less what the same program holds at the start of main under libc, if that is compared; who
  // holds no more than that is taken to hold one page.
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
  double limit = 0;          // the uncertainty, as a share of the ratio, up to which it counts
  std::optional<Ratio> net;  // the same without the floor, where the row has one: net_ratio.h
  bool below_resolution = false;

  [[nodiscard]] bool decided() const { return is_resolved(cost, limit); }
};

// Runs that did not end as they should.
struct Failures {
  std::size_t count = 0;
  std::string first;
};

// Figures are indexed as plan.rows is.
struct Summary {
  std::vector<std::vector<Cell>> cells;                  // [row][allocator]
  std::vector<std::optional<AgainstBest>> against_best;  // nothing with few rounds
  std::vector<double> floor_cost;                        // median; 0 without a floor
  std::vector<Failures> floor_failures;
  std::vector<unsigned> threads;
  int rounds = 0;
  std::size_t failures = 0;
};

Summary summarise(const Plan& plan, const std::vector<Sample>& samples);

// A summary that is brought up to date while rows are measured: only those with new samples are
// computed anew, intervals of many rounds take their time.
class GrowingSummary {
 public:
  explicit GrowingSummary(const Plan& plan) : plan_(plan) {}

  // Returns the summary of `samples`, which hold at least what they held before.
  const Summary& update(const std::vector<Sample>& samples);

 private:
  const Plan& plan_;
  Summary summary_;
  std::vector<std::vector<Verdict>> seen_;  // by row: the verdicts of the samples it was made of
};

// Returns whether further rounds of the row would tell nothing: the ratio of the plan's own
// allocator to the best peer is certain enough to count, or without an own one the ratios of all to
// the base; or those that it takes for this failed. `samples` may hold other rows, too.
bool is_decided(const Plan& plan, std::size_t row, const std::vector<Sample>& samples);

// Returns the geometric mean over all rows that have the figure, or nothing if one of those lacks
// it under this allocator.
std::optional<double> mean_ratio(const Summary& summary, std::size_t allocator,
                                 std::optional<Ratio> Cell::*figure);

}  // namespace hakmem::cli
