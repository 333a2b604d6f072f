// finding.cc: brings rows to one finding.
#include "scorecard/finding.h"

#include <fmt/format.h>

#include "measure/statistics.h"

namespace hakmem::cli {

const char* says_text(Says says) {
  switch (says) {
    case Says::met:
      return "met";
    case Says::no_data:
      return "no data";
    case Says::undecided:
      return "undecided";
    case Says::not_met:
      return "not met";
  }
  return "unknown";
}

void WorstOfRows::add(const RowFinding& row, const std::string& place, const std::string& file) {
  const bool first = counted_.empty();
  ++counted_[row.says];
  const bool worse =
      row.says > finding_.says || (row.says == finding_.says && row.figure > worst_figure_);
  if (!first && !worse) return;
  worst_figure_ = row.figure;
  finding_.says = row.says;
  finding_.figure = row.text;
  finding_.decided_by = place;
  finding_.source = file;
}

Finding WorstOfRows::finding() const {
  Finding finding = finding_;
  std::size_t rows = 0;
  std::string parts;
  for (const auto& [says, count] : counted_) {
    rows += count;
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", count, says_text(says));
  }
  if (rows > 1) finding.decided_by += fmt::format(" (of {}: {})", rows, parts);
  return finding;
}

Finding find_on_every_row(Finding target, const std::vector<RowEvidence>& rows,
                          const std::string& what, const JudgeRow& judge) {
  target.decided_by = "no comparison has " + what;
  WorstOfRows worst(std::move(target));
  for (const RowEvidence& row : rows) worst.add(judge(row), row.name(), row.file());
  return worst.finding();
}

Says judge_interval(double low, double high, double bound) {
  if (high <= bound) return Says::met;
  return low > bound ? Says::not_met : Says::undecided;
}

std::optional<MeanFigure> geometric_mean_of(const std::vector<Ratio>& ratios) {
  if (ratios.empty()) return std::nullopt;
  MeanFigure mean;
  std::vector<double> medians;
  std::vector<double> lows;
  std::vector<double> highs;
  for (const Ratio& ratio : ratios) {
    medians.push_back(ratio.median);
    lows.push_back(ratio.interval.low);
    highs.push_back(ratio.interval.high);
    ++mean.rows;
    if (!has_full_coverage(ratio)) ++mean.few_rounds;
  }
  mean.median = geometric_mean(medians);
  mean.low = geometric_mean(lows);
  mean.high = geometric_mean(highs);
  return mean;
}

}  // namespace hakmem::cli
