// summary.cc: computes the figures of a comparison.
#include "compare/summary.h"

#include <sched.h>

#include <algorithm>
#include <set>
#include <utility>

#include "compare/net_ratio.h"
#include "measure/same_round.h"
#include "measure/sample_figure.h"

namespace hakmem::cli {

namespace {

// The good samples of a row under one allocator.
using Series = std::vector<const Sample*>;

ByRound figures_of(const Series& series, SampleFigure figure, int first_round = 1) {
  ByRound figures;
  for (const Sample* const sample : series) {
    if (sample->round >= first_round && figure(*sample) > 0) {
      figures[sample->round] = figure(*sample);
    }
  }
  return figures;
}

// The rounds that choose the best peer, or those that measure it.
ByRound rounds_of(const ByRound& all, bool odd) {
  ByRound some;
  for (const auto& [round, value] : all) {
    if ((round % 2 != 0) == odd) some.emplace(round, value);
  }
  return some;
}

std::vector<double> values_of(const ByRound& figures) {
  std::vector<double> values;
  for (const auto& [round, value] : figures) values.push_back(value);
  return values;
}

double median_or_zero(const ByRound& figures) {
  return figures.empty() ? 0 : median(values_of(figures));
}

unsigned usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof(set), &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set))
                                                        : 1;
}

double uncertainty_limit(unsigned threads) {
  return threads > usable_cores() ? limit_beyond_cores : usual_limit;
}

// All that is known of one row.
class RowFigures {
 public:
  RowFigures(const Plan& plan, std::size_t row, const std::vector<Sample>& samples)
      : plan_(plan), good_(plan.allocators.size() + 1) {
    for (const Sample& sample : samples) {
      if (sample.subject != row) continue;
      if (sample.verdict == Verdict::ok) {
        good_[sample.allocator].push_back(&sample);
      } else {
        failed_.insert(sample.allocator);
      }
    }
    for (const Series& series : good_) {
      if (!series.empty()) threads_ = std::max(threads_, threads_in(series.front()->line));
    }
    limit_ = uncertainty_limit(threads_);
    for (const std::size_t place : failed_) good_[place].clear();
    floor_ = figures_of(good_[plan.floor()], cost_of);
    for (std::size_t i = 0; i < plan.allocators.size(); ++i) {
      if (plan.allocators[i].name == "libc") start_bytes_ = median_or_zero(of(i, start_of));
    }
  }

  [[nodiscard]] bool has_failed(std::size_t allocator) const {
    return failed_.count(allocator) != 0;
  }

  [[nodiscard]] double floor_cost() const { return median_or_zero(floor_); }

  [[nodiscard]] unsigned threads() const { return threads_; }

  void fill(std::size_t allocator, Cell& cell) const {
    const std::size_t base = plan_.base;
    cell.cost = ratio_to(of(base, cost_of), of(allocator, cost_of));
    cell.resolved = allocator == base || (cell.cost && is_resolved(*cell.cost, limit_));
    cell.net_cost = net_ratio(net_costs(allocator, of(base, cost_of)));
    cell.peak = ratio_to(of(base, peak_of), of(allocator, peak_of));
    cell.after = ratio_to(after(base), after(allocator));
    if (start_bytes_ > 0) {
      cell.net_peak = ratio_to(net_memory(of(base, peak_of), start_bytes_),
                               net_memory(of(allocator, peak_of), start_bytes_));
      cell.net_after = ratio_to(net_memory(after(base), start_bytes_),
                                net_memory(after(allocator), start_bytes_));
    }
    cell.median_seconds = median_or_zero(of(allocator, seconds_of));
    cell.median_cost = median_or_zero(of(allocator, cost_of));
    cell.median_peak_bytes = median_or_zero(of(allocator, peak_of));
    cell.median_after_bytes = median_or_zero(after(allocator));
  }

  [[nodiscard]] std::optional<AgainstBest> against_best() const {
    constexpr std::size_t fewest_rounds = 3;  // of either kind, to show anything at all
    if (!plan_.own) return std::nullopt;
    const ByRound own = of(*plan_.own, cost_of);
    std::optional<std::size_t> best;
    double best_median = 0;
    for (std::size_t peer = 0; peer < plan_.allocators.size(); ++peer) {
      if (peer == *plan_.own) continue;
      const ByRound other = of(peer, cost_of);
      const auto chosen_by = ratios_by_round(rounds_of(own, true), rounds_of(other, true));
      const auto measured = ratios_by_round(rounds_of(own, false), rounds_of(other, false));
      if (chosen_by.size() < fewest_rounds || measured.size() < fewest_rounds) continue;
      const double peer_median = median(values_of(chosen_by));
      if (best && peer_median >= best_median) continue;
      best_median = peer_median;
      best = peer;
    }
    if (!best) return std::nullopt;
    const ByRound other = rounds_of(of(*best, cost_of), false);
    AgainstBest against{*best, ratio_to(other, rounds_of(own, false)).value(), limit_, {}, false};
    add_net(against);
    return against;
  }

 private:
  [[nodiscard]] ByRound of(std::size_t allocator, SampleFigure figure) const {
    return figures_of(good_[allocator], figure);
  }

  // The warm-up counts here: memory is not time.
  [[nodiscard]] ByRound after(std::size_t allocator) const {
    return figures_of(good_[allocator], after_of, /*first_round=*/0);
  }

  // Of an allocator and of another, whose costs are given, in the rounds that both have with a
  // floor.
  [[nodiscard]] std::vector<NetCosts> net_costs(std::size_t allocator,
                                                const ByRound& others) const {
    const ByRound own = of(allocator, cost_of);
    std::vector<NetCosts> rounds;
    for (const auto& [round, other] : others) {
      const auto cost = own.find(round);
      const auto floor = floor_.find(round);
      if (cost == own.end() || floor == floor_.end()) continue;
      rounds.push_back({(cost->second - floor->second) / other, (other - floor->second) / other});
    }
    return rounds;
  }

  void add_net(AgainstBest& best) const {
    const auto rounds = net_costs(*plan_.own, rounds_of(of(best.peer, cost_of), false));
    if (rounds.empty()) return;
    best.below_resolution = is_below_resolution(rounds);
    best.net = net_ratio(rounds);
  }

  const Plan& plan_;
  std::vector<Series> good_;  // by allocator, the floor last
  std::set<std::size_t> failed_;
  unsigned threads_ = 1;
  double limit_ = 0;
  ByRound floor_;
  double start_bytes_ = 0;
};

void count_failure(const Sample& sample, std::size_t& count, std::string& first) {
  if (sample.verdict != Verdict::ok && ++count == 1) first = failure_of(sample);
}

// Fills in all that is said of one row.
void fill_row(const Plan& plan, std::size_t row, const std::vector<Sample>& samples,
              Summary& summary) {
  std::vector<Cell> cells(plan.allocators.size());
  Failures floor;
  for (const Sample& sample : samples) {
    if (sample.subject != row) continue;
    if (sample.allocator == plan.floor()) {
      count_failure(sample, floor.count, floor.first);
      continue;
    }
    Cell& cell = cells[sample.allocator];
    if (sample.round > 0) ++cell.samples;
    count_failure(sample, cell.failures, cell.failure);
  }
  const RowFigures figures(plan, row, samples);
  for (std::size_t allocator = 0; allocator < cells.size(); ++allocator) {
    figures.fill(allocator, cells[allocator]);
  }
  summary.cells[row] = std::move(cells);
  summary.against_best[row] = figures.against_best();
  summary.floor_cost[row] = figures.floor_cost();
  summary.floor_failures[row] = floor;
  summary.threads[row] = figures.threads();
}

}  // namespace

Summary summarise(const Plan& plan, const std::vector<Sample>& samples) {
  return GrowingSummary(plan).update(samples);
}

const Summary& GrowingSummary::update(const std::vector<Sample>& samples) {
  const bool is_new = seen_.empty();
  const std::size_t count = plan_.rows.size();
  seen_.resize(count);
  summary_.cells.resize(count);
  summary_.against_best.resize(count);
  summary_.floor_cost.resize(count);
  summary_.floor_failures.resize(count);
  summary_.threads.resize(count);
  summary_.failures = 0;
  std::vector<std::vector<Verdict>> verdicts(count);
  for (const Sample& sample : samples) {
    summary_.rounds = std::max(summary_.rounds, sample.round);
    if (sample.verdict != Verdict::ok) ++summary_.failures;
    verdicts[sample.subject].push_back(sample.verdict);
  }
  for (std::size_t row = 0; row < count; ++row) {
    if (!is_new && verdicts[row] == seen_[row]) continue;
    fill_row(plan_, row, samples, summary_);
  }
  seen_ = std::move(verdicts);
  return summary_;
}

bool is_decided(const Plan& plan, std::size_t row, const std::vector<Sample>& samples) {
  const RowFigures figures(plan, row, samples);
  const std::size_t held = plan.own.value_or(plan.base);
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < plan.allocators.size(); ++i) {
    if (i != held && !figures.has_failed(i)) others.push_back(i);
  }
  if (figures.has_failed(held) || others.empty()) return true;
  if (plan.own) {
    const auto best = figures.against_best();
    return best && best->decided();
  }
  return std::all_of(others.begin(), others.end(), [&figures](std::size_t allocator) {
    Cell cell;
    figures.fill(allocator, cell);
    return cell.resolved;
  });
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
