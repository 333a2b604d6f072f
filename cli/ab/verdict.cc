// verdict.cc: applies gates.
#include "ab/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "compare/result_json.h"
#include "measure/interval_text.h"
#include "measure/same_round.h"
#include "measure/sample_figure.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

// What the good samples of a row under one of the two have, by counted round.
ByRound figures_in_row(const std::vector<Sample>& samples, std::size_t row, std::size_t allocator,
                       SampleFigure figure) {
  ByRound figures;
  for (const Sample& sample : samples) {
    const bool counts = sample.round > 0 && sample.subject == row &&
                        sample.allocator == allocator && sample.verdict == Verdict::ok;
    if (counts && figure(sample) > 0) figures[sample.round] = figure(sample);
  }
  return figures;
}

// The geometric mean over the target rows of the ratios in each round that all of them have.
std::optional<Ratio> over_targets(const Gate& gate, const std::vector<Sample>& samples,
                                  SampleFigure figure) {
  std::map<int, std::vector<double>> ratios;  // of the rows, by round
  for (std::size_t row = 0; row < gate.target.size(); ++row) {
    const ByRound base = figures_in_row(samples, row, base_place, figure);
    const ByRound treat = figures_in_row(samples, row, treat_place, figure);
    for (const auto& [round, ratio] : ratios_by_round(base, treat)) ratios[round].push_back(ratio);
  }
  ByRound means;
  for (const auto& [round, of_rows] : ratios) {
    if (of_rows.size() == gate.target.size()) means.emplace(round, geometric_mean(of_rows));
  }
  return median_over_rounds(means);
}

bool is_gain(const Ratio& ratio, double bound) {
  return ratio.median <= 1 - bound && ratio.interval.high < 1;
}

bool is_loss(const Ratio& ratio, double bound) {
  return ratio.median >= 1 + bound && ratio.interval.low > 1;
}

std::string percent(double ratio) { return fmt::format("{:+.1f} %", (ratio - 1) * 100); }

std::string time_text(const std::string& name, const Ratio& ratio) {
  return name + " takes " + percent(ratio.median);
}

std::string memory_text(const std::string& name, const Ratio& ratio) {
  return name + " holds " + percent(ratio.median) + " of memory";
}

// What is lost beyond a bound by the measure of `is_lost`, in words; nothing if nothing is.
template <class IsLost>
std::optional<std::string> find_loss(const Gate& gate, const AbVerdict& verdict, IsLost is_lost) {
  for (const RowVerdict& row : verdict.rows) {
    if (is_lost(*row.cost, gate.bound)) return time_text(row.name, *row.cost);
  }
  if (is_lost(*verdict.target_cost, gate.bound)) {
    return time_text("the target", *verdict.target_cost);
  }
  for (const RowVerdict& row : verdict.rows) {
    for (const std::optional<Ratio>& rss : {row.peak, row.after}) {
      if (rss && is_lost(*rss, gate.rss_loss)) return memory_text(row.name, *rss);
    }
  }
  return std::nullopt;
}

// Sets decision and reason; all figures are there. A loss is a NO-GO only where the interval shows
// it, but nothing goes with a row whose median has lost: GO asks for no row below the bound, not
// for none that is known to be below.
void decide(const Gate& gate, AbVerdict& verdict) {
  const auto say = [&verdict](Decision decision, const std::string& reason) {
    verdict.decision = decision;
    verdict.reason = reason;
  };
  if (const auto loss = find_loss(gate, verdict, is_loss)) return say(Decision::no_go, *loss);
  const bool is_memory = gate.claim == Claim::memory;
  const bool gains = is_memory ? is_gain(*verdict.target_peak, gate.rss_gain)
                               : is_gain(*verdict.target_cost, gate.bound);
  const std::string target = is_memory ? memory_text("the target", *verdict.target_peak)
                                       : time_text("the target", *verdict.target_cost);
  if (!gains) return say(Decision::neutral, target);
  const auto is_beyond = [](const Ratio& ratio, double bound) { return ratio.median > 1 + bound; };
  if (const auto loss = find_loss(gate, verdict, is_beyond)) {
    return say(Decision::neutral, target + ", but " + *loss + " by its median");
  }
  say(Decision::go, target);
}

// Why nothing can be decided: which run failed, and how; or which row has no round of both. Nothing
// if something can.
std::string failure_in(const Plan& plan, const Summary& summary) {
  for (std::size_t row = 0; row < plan.rows.size(); ++row) {
    for (const std::size_t place : {base_place, treat_place}) {
      const Cell& cell = summary.cells[row][place];
      if (cell.failures == 0) continue;
      return fmt::format("{} under {} failed: {}", plan.rows[row].subject.name,
                         plan.allocators[place].name, cell.failure);
    }
  }
  for (std::size_t row = 0; row < plan.rows.size(); ++row) {
    if (summary.cells[row][treat_place].cost) continue;
    return plan.rows[row].subject.name + " has no round of both";
  }
  return {};
}

}  // namespace

const char* decision_name(Decision decision) {
  switch (decision) {
    case Decision::go:
      return "GO";
    case Decision::neutral:
      return "NEUTRAL";
    case Decision::no_go:
      return "NO-GO";
  }
  return "unknown";
}

AbVerdict judge(const Gate& gate, const Plan& plan, const std::vector<Sample>& samples) {
  AbVerdict verdict;
  const Summary summary = summarise(plan, samples);
  for (std::size_t row = 0; row < plan.rows.size(); ++row) {
    const Cell& cell = summary.cells[row][treat_place];
    verdict.rows.push_back(
        {plan.rows[row].subject.name, row < gate.target.size(), cell.cost, cell.peak, cell.after});
  }
  verdict.target_cost = over_targets(gate, samples, cost_of);
  verdict.target_peak = over_targets(gate, samples, peak_of);
  verdict.reason = failure_in(plan, summary);
  if (verdict.reason.empty() && !(verdict.target_cost && verdict.target_peak)) {
    verdict.reason = "no round has all the target rows";
  }
  verdict.failed = !verdict.reason.empty();
  if (!verdict.failed) decide(gate, verdict);
  return verdict;
}

bool is_screened_out(const Gate& gate, const AbVerdict& screening) {
  if (screening.failed) return true;
  const auto is_equal = [](const Ratio& ratio, double bound) {
    return ratio.interval.low > 1 - bound && ratio.interval.high < 1 + bound;
  };
  const bool target_is_equal = gate.claim == Claim::memory
                                   ? is_equal(*screening.target_peak, gate.rss_gain)
                                   : is_equal(*screening.target_cost, gate.bound);
  const auto holds_no_more = [&gate](const std::optional<Ratio>& rss) {
    return !rss || rss->interval.high < 1 + gate.rss_loss;
  };
  return target_is_equal &&
         std::all_of(screening.rows.begin(), screening.rows.end(), [&](const RowVerdict& row) {
           return is_equal(*row.cost, gate.bound) && holds_no_more(row.peak) &&
                  holds_no_more(row.after);
         });
}

Json verdict_json(const AbVerdict& verdict) {
  Json json = {{"decision", verdict.failed ? "none" : decision_name(verdict.decision)},
               {"reason", verdict.reason},
               {"target_cost_ratio", ratio_json(verdict.target_cost)},
               {"target_peak_rss_ratio", ratio_json(verdict.target_peak)}};
  for (const RowVerdict& row : verdict.rows) {
    json["rows"].push_back({{"name", row.name},
                            {"role", row.is_target ? "target" : "guard"},
                            {"cost_ratio", ratio_json(row.cost)},
                            {"peak_rss_ratio", ratio_json(row.peak)},
                            {"after_rss_ratio", ratio_json(row.after)}});
  }
  return json;
}

std::string verdict_text(const AbVerdict& verdict) {
  std::size_t width = 6;
  for (const RowVerdict& row : verdict.rows) width = std::max(width, row.name.size());
  std::string text = fmt::format("{:<{}}  {:<6}  {:>13}  {:>13}  {:>13}\n", "", width, "", "time",
                                 "peak RSS", "RSS after");
  for (const RowVerdict& row : verdict.rows) {
    text += fmt::format("{:<{}}  {:<6}  {:>13}  {:>13}  {:>13}\n", row.name, width,
                        row.is_target ? "target" : "guard", ratio_text(row.cost),
                        ratio_text(row.peak), ratio_text(row.after));
  }
  text += fmt::format("{:<{}}  {:<6}  {:>13}  {:>13}\n", "target", width, "all",
                      ratio_text(verdict.target_cost), ratio_text(verdict.target_peak));
  const bool is_marked =
      std::any_of(verdict.rows.begin(), verdict.rows.end(), [](const RowVerdict& row) {
        const auto is_low = [](const auto& ratio) { return ratio && !has_full_coverage(*ratio); };
        return is_low(row.cost) || is_low(row.peak) || is_low(row.after);
      });
  if (is_marked) {
    text += "±: half of the interval that holds the true median in 95 % of cases.\n" +
            low_coverage_text() + "\n";
  }
  return text;
}

}  // namespace hakmem::cli
