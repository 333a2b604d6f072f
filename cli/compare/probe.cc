// probe.cc: tries each subject once.
#include "compare/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "measure/child.h"
#include "measure/interrupt.h"
#include "measure/measure.h"
#include "measure/progress.h"

namespace hakmem::cli {

namespace {

constexpr double least_trial_seconds = 10;
constexpr double most_trial_seconds = 600;
constexpr double trial_share = 0.05;  // of the budget

// The parameters that a workload's time grows with, of which it has one.
constexpr const char* counts[] = {"iters", "cycles", "phases"};

// What a workload says of itself: an object, or nothing.
nlohmann::ordered_json describe(const Subject& subject) {
  constexpr double describe_seconds = 10;
  std::vector<std::string> command = subject.command;
  command.emplace_back("--describe");
  Child child({command, {}, {}, true});
  if (!child.wait(describe_seconds) || child.ending().wait_status != 0) return {};
  const auto description = nlohmann::ordered_json::parse(child.output(), nullptr, false);
  return description.is_object() ? description : nlohmann::ordered_json();
}

// Whether the workload can run without allocating. What threads do to each other is no such floor.
bool has_floor(const nlohmann::ordered_json& description) {
  return description.is_object() && description.value("floor", false) &&
         description.value("single_thread", false);
}

// Returns the parameter that the workload can be scaled by, or an empty name: there is none, or the
// user gave it, by name or, as the description orders them, by place.
std::string free_count(const Subject& subject, const nlohmann::ordered_json& description) {
  if (!description.is_object()) return {};
  const auto names_a_parameter = [](const std::string& word) {
    return word.find('=') != std::string::npos;
  };
  auto by_place = std::count_if(
      subject.command.begin() + 1, subject.command.end(),
      [&](const std::string& word) { return word.front() != '-' && !names_a_parameter(word); });
  for (const auto& parameter : description.at("parameters").items()) {
    const std::string& name = parameter.key();
    if (by_place-- > 0) continue;
    if (std::find(std::begin(counts), std::end(counts), name) == std::end(counts)) continue;
    const bool is_given =
        std::any_of(subject.command.begin() + 1, subject.command.end(),
                    [&name](const std::string& word) { return word.rfind(name + "=", 0) == 0; });
    if (!is_given) return name;
  }
  return {};
}

// Scales the workload that gave `sample` by `parameter`; `process_seconds` is how long the whole
// run took.
void scale(const Sample& sample, const std::string& parameter, double process_seconds,
           double wanted_seconds, Row& row) {
  const std::uint64_t count = nlohmann::json::parse(sample.line).at("parameters").at(parameter);
  row.scale = Scale{parameter, scaled_count(count, sample.seconds, wanted_seconds)};
  row.expected_seconds =
      process_seconds * static_cast<double>(row.scale->count) / static_cast<double>(count);
}

// Runs one row's subject.
Sample probe_row(const Plan& plan, Row& row, Progress& progress) {
  const Allocator& reference = plan.allocators[plan.reference()];
  std::string parameter;
  if (row.subject.kind == SubjectKind::workload && row.subject.problem.empty()) {
    const nlohmann::ordered_json description = describe(row.subject);
    row.subject.has_floor = plan.with_floor && has_floor(description);
    if (plan.sample_seconds > 0) parameter = free_count(row.subject, description);
  }
  const double start = now_seconds();
  Sample sample = measure(row.subject, reference, trial_timeout(plan));
  const double seconds = now_seconds() - start;
  if (row.subject.kind == SubjectKind::program && sample.exit_status != 0) {
    row.subject.expected_status = sample.exit_status;
    progress.note(fmt::format("{} ends with status {} under {}: that is required of every run",
                              row.subject.name, sample.exit_status, reference.name));
    row.expected_seconds = seconds;
  }
  if (sample.verdict != Verdict::ok) return sample;
  row.expected_seconds = seconds;
  if (!parameter.empty()) scale(sample, parameter, seconds, plan.sample_seconds, row);
  return sample;
}

}  // namespace

std::uint64_t scaled_count(std::uint64_t count, double seconds, double wanted_seconds) {
  const double exact = std::max(1.0, static_cast<double>(count) * wanted_seconds / seconds);
  const double unit = std::pow(10.0, std::max(0.0, std::floor(std::log10(exact)) - 1));
  return static_cast<std::uint64_t>(std::round(exact / unit) * unit);
}

double scale_factor(const std::vector<double>& seconds, double wanted_seconds) {
  constexpr double longest = 3;  // times what is wanted
  const auto [fastest, slowest] = std::minmax_element(seconds.begin(), seconds.end());
  if (*fastest <= 0) return 1;
  return std::min(std::max(1.0, wanted_seconds / *fastest), longest * wanted_seconds / *slowest);
}

double trial_timeout(const Plan& plan) {
  if (plan.timeout_seconds > 0) return plan.timeout_seconds;
  if (plan.budget_seconds <= 0 || !plan.budget_ends_rounds) return most_trial_seconds;
  return std::clamp(trial_share * plan.budget_seconds, least_trial_seconds, most_trial_seconds);
}

std::vector<Sample> probe_rows(Plan& plan, const std::vector<bool>& known, double deadline) {
  Progress progress;
  std::vector<Sample> hung;
  bool is_first = true;
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    if (known[i]) continue;
    // What is not tried is not reached either, but the first always is.
    if (!is_first && deadline > 0 && now_seconds() > deadline) break;
    is_first = false;
    const std::string& name = plan.rows[i].subject.name;
    progress.show("trying each once", name);
    Sample sample = probe_row(plan, plan.rows[i], progress);
    if (interrupted() != 0) break;
    if (sample.verdict != Verdict::timed_out) continue;
    sample.subject = i;
    sample.allocator = plan.reference();
    progress.note(fmt::format("{} under {}: {}; --timeout gives it longer", name,
                              plan.allocators[plan.reference()].name, failure_of(sample)));
    hung.push_back(std::move(sample));
  }
  return hung;
}

}  // namespace hakmem::cli
