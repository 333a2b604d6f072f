// table.cc: prints a comparison as text.
#include "compare/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "measure/interval_text.h"

namespace hakmem::cli {

namespace {

struct Block {
  std::string title;
  std::optional<Ratio> Cell::*figure;
  std::string (*base_text)(const Cell& cell);  // the base allocator's absolute figure
};

std::string seconds_text(const Cell& cell) { return fmt::format("{:.2f} s", cell.median_seconds); }

std::string no_text(const Cell& /*cell*/) { return ""; }

std::string mib_text(double bytes) { return fmt::format("{:.1f} MiB", bytes / (1 << 20)); }
std::string peak_text(const Cell& cell) { return mib_text(cell.median_peak_bytes); }
std::string after_text(const Cell& cell) { return mib_text(cell.median_after_bytes); }

// Resampling one or two values says nothing about their spread.
constexpr std::size_t fewest_for_interval = 3;

// Every cell ends with a mark or a blank, so that figures stand below each other.
std::string cell_text(const Cell& cell, std::optional<Ratio> Cell::*figure) {
  const std::optional<Ratio>& ratio = cell.*figure;
  if (cell.failures > 0) return "FAILED ";
  if (!ratio) return "- ";
  if (ratio->rounds < fewest_for_interval) return fmt::format("{:.3f}        ", ratio->median);
  if (figure == &Cell::cost && !cell.resolved) {
    return interval_text(ratio->median, ratio->interval.low, ratio->interval.high) + "?";
  }
  return ratio_text(*ratio) + (has_full_coverage(*ratio) ? " " : "");
}

constexpr int cell_width = 15;
constexpr int absolute_width = 12;

std::size_t name_width(const Plan& plan) {
  std::size_t width = 14;  // of "geometric mean"
  for (const Row& row : plan.rows) width = std::max(width, row.subject.name.size());
  return width;
}

bool has_figure(const Summary& summary, std::optional<Ratio> Cell::*figure) {
  for (const std::vector<Cell>& row : summary.cells) {
    for (const Cell& cell : row) {
      if (cell.*figure) return true;
    }
  }
  return false;
}

std::string block_text(const Plan& plan, const Summary& summary, const Block& block) {
  const std::size_t width = name_width(plan);
  std::string text = fmt::format("{}, as ratios to {} (less is better)\n", block.title,
                                 plan.allocators[plan.base].name);
  text += fmt::format("{:<{}}", "", width);
  for (const Allocator& allocator : plan.allocators) {
    text += fmt::format("{:>{}}", allocator.name + " ", cell_width);
  }
  text += fmt::format("{:>{}}\n", plan.allocators[plan.base].name, absolute_width);
  for (std::size_t row = 0; row < plan.rows.size(); ++row) {
    const std::vector<Cell>& cells = summary.cells[row];
    const bool row_has_it = std::any_of(cells.begin(), cells.end(), [&block](const Cell& cell) {
      return (cell.*block.figure).has_value() || cell.failures > 0;
    });
    if (!row_has_it) continue;
    text += fmt::format("{:<{}}", plan.rows[row].subject.name, width);
    for (const Cell& cell : cells) {
      text += fmt::format("{:>{}}", cell_text(cell, block.figure), cell_width);
    }
    const Cell& base = cells[plan.base];
    text += fmt::format("{:>{}}\n", base.failures > 0 ? "" : block.base_text(base), absolute_width);
  }
  if (plan.rows.size() > 1) {
    text += fmt::format("{:<{}}", "geometric mean", width);
    for (std::size_t i = 0; i < plan.allocators.size(); ++i) {
      const std::optional<double> mean = mean_ratio(summary, i, block.figure);
      const std::string mean_text = mean ? fmt::format("{:.3f}        ", *mean) : "- ";
      text += fmt::format("{:>{}}", mean_text, cell_width);
    }
    text += "\n";
  }
  return text;
}

std::string against_best_text(const Plan& plan, const Summary& summary) {
  const std::size_t width = name_width(plan);
  std::string rows;
  for (std::size_t row = 0; row < plan.rows.size(); ++row) {
    const std::optional<AgainstBest>& best = summary.against_best[row];
    if (!best) continue;
    rows += fmt::format("{:<{}}{:>{}}{:>{}}{:>{}}{}{}\n", plan.rows[row].subject.name, width,
                        plan.allocators[best->peer].name, cell_width, ratio_text(best->cost),
                        cell_width, best->net ? ratio_text(*best->net) : "", cell_width,
                        best->decided() ? "" : "  undecided",
                        best->below_resolution ? "  below resolution" : "");
  }
  if (rows.empty()) return "";
  if (std::any_of(summary.against_best.begin(), summary.against_best.end(),
                  [](const auto& best) { return best && !best->decided(); })) {
    rows += fmt::format(
        "undecided: uncertain by more than {}, or fewer than {} rounds of either kind\n",
        limits_text(), fewest_rounds_to_resolve);
  }
  if (std::any_of(summary.against_best.begin(), summary.against_best.end(),
                  [](const auto& best) { return best && best->below_resolution; })) {
    rows += "below resolution: the peer costs hardly more than the floor; see `hakmem counts`\n";
  }
  return fmt::format(
      "{} against the best other (chosen on odd rounds, measured on even ones), whole and net\n"
      "{}\n",
      plan.allocators[*plan.own].name, rows);
}

// Returns whether a figure is printed with the mark of a low coverage.
bool has_low_coverage(const Cell& cell) {
  const auto is_marked = [](const std::optional<Ratio>& ratio) {
    return ratio && ratio->rounds >= fewest_for_interval && !has_full_coverage(*ratio);
  };
  return is_marked(cell.net_cost) || is_marked(cell.peak) || is_marked(cell.after) ||
         (cell.resolved && is_marked(cell.cost));
}

// What the marks and intervals mean.
std::string legend(const Summary& summary) {
  std::string text = fmt::format(
      "Medians over {} round{} of same-round ratios, ± half of the interval that holds the true "
      "median in 95 % of cases.\n",
      summary.rounds, summary.rounds == 1 ? "" : "s");
  const auto any_cell = [&summary](bool (*condition)(const Cell&)) {
    return std::any_of(summary.cells.begin(), summary.cells.end(), [condition](const auto& row) {
      return std::any_of(row.begin(), row.end(), condition);
    });
  };
  if (any_cell(has_low_coverage)) text += low_coverage_text() + "\n";
  if (any_cell([](const Cell& cell) { return cell.cost && !cell.resolved; })) {
    text += fmt::format("?: undecided: uncertain by more than {}, or fewer than {} rounds.\n",
                        limits_text(), fewest_rounds_to_resolve);
  }
  return text;
}

std::string failure_line(const Plan& plan, std::size_t row, const std::string& allocator,
                         std::size_t count, const std::string& first) {
  if (count == 0) return "";
  return fmt::format("FAILED {} under {}: {} run{}, first: {}\n", plan.rows[row].subject.name,
                     allocator, count, count == 1 ? "" : "s", first);
}

std::string failures_text(const Plan& plan, const Summary& summary) {
  std::string text;
  for (std::size_t row = 0; row < plan.rows.size(); ++row) {
    for (std::size_t i = 0; i < plan.allocators.size(); ++i) {
      const Cell& cell = summary.cells[row][i];
      text += failure_line(plan, row, plan.allocators[i].name, cell.failures, cell.failure);
    }
    const Failures& floor = summary.floor_failures[row];
    text += failure_line(plan, row, "the floor", floor.count, floor.first);
  }
  return text;
}

}  // namespace

std::string result_table(const Plan& plan, const Summary& summary) {
  const bool only_workloads = std::all_of(plan.rows.begin(), plan.rows.end(), [](const Row& row) {
    return row.subject.kind == SubjectKind::workload;
  });
  const Block blocks[] = {
      {only_workloads ? "Time per operation" : "Wall time", &Cell::cost, seconds_text},
      {"Time less the floor (the same accesses without allocation), of the medians",
       &Cell::net_cost, no_text},
      {"Peak RSS", &Cell::peak, peak_text},
      {"RSS when all was freed", &Cell::after, after_text},
  };
  if (summary.rounds == 0) return failures_text(plan, summary) + "No round was counted.\n";
  std::string text;
  for (const Block& block : blocks) {
    if (!has_figure(summary, block.figure) && block.figure != &Cell::cost) continue;
    text += block_text(plan, summary, block) + "\n";
  }
  text += against_best_text(plan, summary);
  text += failures_text(plan, summary);
  text += legend(summary);
  if (summary.failures == 0) text += "Every run proved which allocator it had.\n";
  return text;
}

}  // namespace hakmem::cli
