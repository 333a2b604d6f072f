// verdict.cc: applies gates.
#include "ab/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "compare/result_json.h"
#include "measure/interval_text.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;
using Figure = std::function<double(const Sample&)>;

double cost_of(const Sample& sample) { return sample.cost; }
double peak_of(const Sample& sample) { return static_cast<double>(sample.peak_rss_bytes); }

// The geometric mean over the target rows of the ratios in each round that all of them have.
std::optional<Ratio> over_targets(const Gate& gate, const std::vector<Sample>& samples,
                                  const Figure& figure) {
  struct Pair {
    double base = 0;
    double treat = 0;
  };
  std::map<int, std::map<std::size_t, Pair>> rounds;
  for (const Sample& sample : samples) {
    const bool counts =
        sample.round > 0 && sample.subject < gate.target.size() && sample.verdict == Verdict::ok;
    if (!counts) continue;
    Pair& pair = rounds[sample.round][sample.subject];
    (sample.allocator == base_place ? pair.base : pair.treat) = figure(sample);
  }
  std::vector<double> means;
  for (const auto& [round, rows] : rounds) {
    std::vector<double> ratios;
    for (const auto& [row, pair] : rows) {
      if (pair.base > 0 && pair.treat > 0) ratios.push_back(pair.treat / pair.base);
    }
    if (ratios.size() == gate.target.size()) means.push_back(geometric_mean(ratios));
  }
  if (means.empty()) return std::nullopt;
  return Ratio{median(means), median_interval(means), means.size()};
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

std::string ratio_text(const std::optional<Ratio>& ratio) {
  return ratio ? interval_text(ratio->median, ratio->interval.low, ratio->interval.high) : "-";
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
  return text;
}

}  // namespace hakmem::cli
