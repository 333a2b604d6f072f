// finding.h: what the evidence says of one target, and how rows are brought to one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scorecard/evidence.h"

namespace hakmem::cli {

// In order of what prevails: one row that misses the target decides, however many are undecided.
enum class Says { met, no_data, undecided, not_met };

const char* says_text(Says says);

struct Finding {
  Finding(std::string the_target, std::string the_bound)
      : target(std::move(the_target)), bound(std::move(the_bound)) {}

  std::string target;
  std::string bound;
  Says says = Says::no_data;
  std::string figure;      // empty if there is none
  std::string decided_by;  // the row, or what is missing
  std::string source;      // the file; empty without a figure
};

// What one row, or one document, says.
struct RowFinding {
  Says says = Says::no_data;
  double figure = 0;  // the higher, the worse
  std::string text;   // the figure as it is shown, or what is missing
};

// Brings the findings of rows to that of a target which must be met on each: the worst one.
class WorstOfRows {
 public:
  // `target` says what is missing for as long as there is no row.
  explicit WorstOfRows(Finding target) : finding_(std::move(target)) {}

  // `place`: the row's name, or what else tells it from others in the file.
  void add(const RowFinding& row, const std::string& place, const std::string& file);

  // Says of how many rows this is the worst.
  [[nodiscard]] Finding finding() const;

 private:
  Finding finding_;
  double worst_figure_ = 0;
  std::map<Says, std::size_t> counted_;
};

using JudgeRow = std::function<RowFinding(const RowEvidence&)>;

// `what`: what is missing if there are no rows.
Finding find_on_every_row(Finding target, const std::vector<RowEvidence>& rows,
                          const std::string& what, const JudgeRow& judge);

// Says whether a figure that is known to lie between low and high is at most the bound.
Says judge_interval(double low, double high, double bound);

// What is known of a mean over rows.
struct MeanFigure {
  double median = 0;
  double low = 0;
  double high = 0;
  std::size_t rows = 0;
  std::size_t few_rounds = 0;  // rows whose interval is of too few rounds for its coverage
};

// Returns the geometric means of medians and of ends; nothing without ratios.
std::optional<MeanFigure> geometric_mean_of(const std::vector<Ratio>& ratios);

}  // namespace hakmem::cli
