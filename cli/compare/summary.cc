// summary.cc: computes the figures of a comparison.
#include "compare/summary.h"

#include <algorithm>
#include <functional>
#include <map>

namespace hakmem::cli {

namespace {

using Figure = std::function<double(const Sample&)>;  // 0 where a sample does not have it
using ByRound = std::map<int, const Sample*>;         // good samples of counted rounds

double cost_of(const Sample& sample) { return sample.cost; }
double seconds_of(const Sample& sample) { return sample.seconds; }
double peak_of(const Sample& sample) { return static_cast<double>(sample.peak_rss_bytes); }
double after_of(const Sample& sample) {
  return static_cast<double>(sample.after_rss_bytes.value_or(0));
}

std::optional<Ratio> ratio_to(const ByRound& base, const ByRound& own, const Figure& figure) {
  std::vector<double> ratios;
  for (const auto& [round, sample] : own) {
    const auto other = base.find(round);
    if (other == base.end() || figure(*other->second) <= 0 || figure(*sample) <= 0) continue;
    ratios.push_back(figure(*sample) / figure(*other->second));
  }
  if (ratios.empty()) return std::nullopt;
  return Ratio{median(ratios), median_interval(ratios), ratios.size()};
}

double median_of(const ByRound& own, const Figure& figure) {
  std::vector<double> values;
  for (const auto& [round, sample] : own) values.push_back(figure(*sample));
  return values.empty() ? 0 : median(values);
}

}  // namespace

Summary summarise(const Plan& plan, const std::vector<Sample>& samples) {
  const std::size_t width = plan.allocators.size();
  Summary summary;
  summary.cells.assign(plan.subjects.size(), std::vector<Cell>(width));
  std::vector<std::vector<ByRound>> good(plan.subjects.size(), std::vector<ByRound>(width));
  for (const Sample& sample : samples) {
    Cell& cell = summary.cells[sample.subject][sample.allocator];
    summary.rounds = std::max(summary.rounds, sample.round);
    if (sample.round > 0) ++cell.samples;
    if (sample.verdict != Verdict::ok) {
      ++summary.failures;
      if (++cell.failures == 1) {
        cell.failure = std::string(verdict_name(sample.verdict)) + ": " + sample.detail;
      }
    } else if (sample.round > 0) {
      good[sample.subject][sample.allocator][sample.round] = &sample;
    }
  }
  for (std::size_t subject = 0; subject < plan.subjects.size(); ++subject) {
    const ByRound& base = good[subject][plan.base];
    for (std::size_t allocator = 0; allocator < width; ++allocator) {
      Cell& cell = summary.cells[subject][allocator];
      const ByRound& own = good[subject][allocator];
      cell.cost = ratio_to(base, own, cost_of);
      cell.peak = ratio_to(base, own, peak_of);
      cell.after = ratio_to(base, own, after_of);
      cell.median_seconds = median_of(own, seconds_of);
      cell.median_peak_bytes = median_of(own, peak_of);
      cell.median_after_bytes = median_of(own, after_of);
    }
  }
  return summary;
}

std::optional<double> mean_ratio(const Summary& summary, std::size_t allocator,
                                 std::optional<Ratio> Cell::*figure) {
  std::vector<double> ratios;
  for (const std::vector<Cell>& row : summary.cells) {
    const Cell& cell = row[allocator];
    const bool row_has_it = std::any_of(row.begin(), row.end(), [figure](const Cell& other) {
      return (other.*figure).has_value();
    });
    if (!row_has_it && cell.failures == 0) continue;
    if (cell.failures > 0 || !(cell.*figure)) return std::nullopt;
    ratios.push_back((cell.*figure)->median);
  }
  if (ratios.empty()) return std::nullopt;
  return geometric_mean(ratios);
}

}  // namespace hakmem::cli
