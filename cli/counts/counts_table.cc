// counts_table.cc: prints counts as text.
#include "counts/counts_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace hakmem::cli {

namespace {

constexpr int figure_width = 12;

// Most counts are whole numbers; where calls differ, a decimal place tells.
std::string instructions_text(double instructions) {
  const std::string text = fmt::format("{:.1f}", instructions);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

std::string system_calls_text(double calls) {
  return calls == 0 ? "0" : fmt::format("{:.1e}", calls);
}

std::string cell(const std::string& text) { return fmt::format("{:>{}}", text, figure_width); }

// What a figure is where there is none: it failed, or was not reached.
std::string missing_text(bool failed) { return failed ? "FAILED" : "-"; }

std::string heading(const CountsPlan& plan, const std::string& title, const std::string& left) {
  std::string text = title + "\n" + left;
  for (const Allocator& allocator : plan.allocators) text += cell(allocator.name);
  return text;
}

struct CallColumn {
  const char* label;
  const char* call;
  std::optional<double> CallCount::*figure;
};

constexpr int label_width = 16;
constexpr int bytes_width = 9;

const CallCount* find_call(const AllocatorCounts& of, const std::string& call, std::size_t bytes) {
  const auto found = std::find_if(of.calls.begin(), of.calls.end(), [&](const CallCount& count) {
    return count.call == call && count.bytes == bytes;
  });
  return found == of.calls.end() ? nullptr : &*found;
}

std::string call_cell(const CallCount* count, std::optional<double> CallCount::*figure) {
  if (count == nullptr) return cell(missing_text(false));
  const std::optional<double>& value = count->*figure;
  return cell(value ? instructions_text(*value) : missing_text(!count->failure.empty()));
}

std::string pair_cell(const CallCount* take, const CallCount* give) {
  if (take == nullptr || give == nullptr) return cell(missing_text(false));
  if (!take->instructions || !give->instructions) return cell(missing_text(true));
  return cell(instructions_text(*take->instructions + *give->instructions));
}

std::string calls_text(const CountsPlan& plan, const Counts& counts) {
  const auto row_start = [](const char* label, std::size_t bytes) {
    return fmt::format("{:<{}}{:>{}}", label, label_width, bytes, bytes_width);
  };
  std::string text =
      heading(plan,
              fmt::format("Instructions per call, blocks taken {} at a time and freed in reverse "
                          "order (fifo: in order)",
                          plan.batch),
              fmt::format("{:<{}}{:>{}}", "", label_width, "bytes", bytes_width)) +
      "\n";
  constexpr CallColumn columns[] = {
      {"malloc", "malloc", &CallCount::instructions},
      {"free", "free", &CallCount::instructions},
      {"malloc, fifo", "malloc", &CallCount::fifo},
      {"free, fifo", "free", &CallCount::fifo},
      {"calloc", "calloc", &CallCount::instructions},
      {"realloc in place", "realloc", &CallCount::instructions},
  };
  for (const std::size_t bytes : plan.sizes) {
    text += row_start("malloc + free", bytes);
    for (const AllocatorCounts& of : counts) {
      text += pair_cell(find_call(of, "malloc", bytes), find_call(of, "free", bytes));
    }
    text += "\n";
  }
  for (const CallColumn& column : columns) {
    for (const std::size_t bytes : plan.sizes) {
      text += row_start(column.label, bytes);
      for (const AllocatorCounts& of : counts) {
        text += call_cell(find_call(of, column.call, bytes), column.figure);
      }
      text += "\n";
    }
  }
  return text + "\n";
}

const WorkloadCount* find_workload_count(const AllocatorCounts& of, const std::string& name) {
  const auto found = std::find_if(of.workloads.begin(), of.workloads.end(),
                                  [&](const WorkloadCount& count) { return count.name == name; });
  return found == of.workloads.end() ? nullptr : &*found;
}

std::string workloads_text(const CountsPlan& plan, const Counts& counts, const std::string& title,
                           std::optional<double> WorkloadCount::*figure,
                           std::string (*figure_text)(double), bool with_floor) {
  std::size_t width = 0;
  for (const CountedWorkload& workload : plan.workloads) {
    width = std::max(width, workload.name.size());
  }
  std::string text = heading(plan, title, std::string(width, ' '));
  if (with_floor) text += cell("floor");
  text += "\n";
  for (const CountedWorkload& workload : plan.workloads) {
    text += fmt::format("{:<{}}", workload.name, width);
    std::string floor = missing_text(false);
    for (const AllocatorCounts& of : counts) {
      const WorkloadCount* const count = find_workload_count(of, workload.name);
      if (count == nullptr) {
        text += cell(missing_text(false));
        continue;
      }
      const std::optional<double>& value = count->*figure;
      text += cell(value ? figure_text(*value) : missing_text(true));
      if (count->floor) floor = instructions_text(*count->floor);
    }
    if (with_floor) text += cell(floor);
    text += "\n";
  }
  return text + "\n";
}

// One line for each failure that happened, however often it did.
std::string failures_text(const CountsPlan& plan, const Counts& counts) {
  std::map<std::string, std::vector<std::string>> rows_of;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::string under = " under " + plan.allocators[i].name;
    for (const CallCount& call : counts[i].calls) {
      if (call.failure.empty()) continue;
      rows_of[call.failure].push_back(fmt::format("{} {}{}", call.call, call.bytes, under));
    }
    for (const WorkloadCount& workload : counts[i].workloads) {
      for (const std::string& failure : workload.failures) {
        rows_of[failure].push_back(workload.name + under);
      }
    }
  }
  std::string text;
  for (const auto& [failure, rows] : rows_of) {
    text +=
        fmt::format("FAILED {}{}: {}\n", rows.front(),
                    rows.size() == 1 ? "" : fmt::format(" and {} more", rows.size() - 1), failure);
  }
  return text;
}

}  // namespace

std::string counts_table(const CountsPlan& plan, const Counts& counts) {
  std::string text;
  if (!plan.sizes.empty()) text += calls_text(plan, counts);
  if (!plan.workloads.empty()) {
    text += workloads_text(plan, counts, "Instructions per operation", &WorkloadCount::instructions,
                           instructions_text, /*with_floor=*/true);
    text += workloads_text(plan, counts, "System calls per operation", &WorkloadCount::system_calls,
                           system_calls_text, /*with_floor=*/false);
  }
  text += failures_text(plan, counts);
  if (failures_in(counts) == 0) text += "Every run proved which allocator it had.\n";
  return text;
}

}  // namespace hakmem::cli
