// summary.cc: computes the figures of a comparison.
#include "compare/summary.h"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

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

// The rounds that choose the best peer, or those that measure it.
ByRound rounds_of(const ByRound& all, bool odd) {
  ByRound some;
  for (const auto& [round, sample] : all) {
    if ((round % 2 != 0) == odd) some.emplace(round, sample);
  }
  return some;
}

// Threads beyond the cores wait for each other: what they do differs more from run to run.
double uncertainty_limit(const Sample& sample) {
  constexpr double limit = 0.015;
  constexpr double limit_beyond_cores = 0.03;
  const auto figures = nlohmann::json::parse(sample.line, nullptr, /*allow_exceptions=*/false);
  if (!figures.is_object()) return limit;
  const auto parameters = figures.value("parameters", nlohmann::json::object());
  const unsigned threads =
      std::max(parameters.value("threads", 1U), 2 * parameters.value("pairs", 0U));
  return threads > std::thread::hardware_concurrency() ? limit_beyond_cores : limit;
}

// `row`: the good samples of a subject by allocator.
std::optional<AgainstBest> against_best(const Plan& plan, const std::vector<ByRound>& row) {
  constexpr std::size_t fewest_rounds = 3;  // of either kind
  if (!plan.own) return std::nullopt;
  const ByRound& own = row[*plan.own];
  std::optional<AgainstBest> best;
  double best_median = 0;
  for (std::size_t peer = 0; peer < row.size(); ++peer) {
    if (peer == *plan.own) continue;
    const auto chosen_by = ratio_to(rounds_of(own, true), rounds_of(row[peer], true), cost_of);
    const auto measured = ratio_to(rounds_of(row[peer], false), rounds_of(own, false), cost_of);
    if (!chosen_by || !measured || chosen_by->rounds < fewest_rounds ||
        measured->rounds < fewest_rounds) {
      continue;
    }
    if (best && chosen_by->median >= best_median) continue;
    best_median = chosen_by->median;
    best = AgainstBest{peer, *measured, uncertainty_limit(*own.begin()->second)};
  }
  return best;
}

using GoodSamples = std::vector<std::vector<ByRound>>;  // [subject][allocator]

GoodSamples good_samples(const Plan& plan, const std::vector<Sample>& samples) {
  GoodSamples good(plan.subjects.size(), std::vector<ByRound>(plan.allocators.size()));
  for (const Sample& sample : samples) {
    if (sample.verdict != Verdict::ok || sample.round == 0) continue;
    good[sample.subject][sample.allocator][sample.round] = &sample;
  }
  return good;
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
  const GoodSamples good = good_samples(plan, samples);
  for (const Sample& sample : samples) {
    Cell& cell = summary.cells[sample.subject][sample.allocator];
    summary.rounds = std::max(summary.rounds, sample.round);
    if (sample.round > 0) ++cell.samples;
    if (sample.verdict != Verdict::ok) {
      ++summary.failures;
      if (++cell.failures == 1) {
        cell.failure = std::string(verdict_name(sample.verdict)) + ": " + sample.detail;
      }
    }
  }
  for (std::size_t subject = 0; subject < plan.subjects.size(); ++subject) {
    summary.against_best.push_back(against_best(plan, good[subject]));
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

std::vector<std::size_t> undecided_subjects(const Plan& plan, const std::vector<Sample>& samples) {
  std::vector<std::size_t> undecided;
  if (!plan.own) return undecided;
  const GoodSamples good = good_samples(plan, samples);
  for (std::size_t subject = 0; subject < plan.subjects.size(); ++subject) {
    const bool failed = std::any_of(samples.begin(), samples.end(), [&](const Sample& sample) {
      return sample.subject == subject && sample.verdict != Verdict::ok;
    });
    const auto best = against_best(plan, good[subject]);
    if (!failed && !(best && best->decided())) undecided.push_back(subject);
  }
  return undecided;
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
