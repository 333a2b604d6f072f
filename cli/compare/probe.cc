// probe.cc: tries each subject once.
#include "compare/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "measure/child.h"
#include "measure/interrupt.h"
#include "measure/measure.h"
#include "measure/progress.h"

namespace hakmem::cli {

namespace {

constexpr double timeout_seconds = 600;

// The parameters that a workload's time grows with, of which it has one.
constexpr const char* counts[] = {"iters", "cycles", "phases"};

// The first parameter that has no name is such a count, too.
bool is_given(const Subject& subject, const std::string& name) {
  return std::any_of(subject.command.begin() + 1, subject.command.end(),
                     [&name](const std::string& word) {
                       const bool has_name = word.find('=') != std::string::npos;
                       return has_name ? word.rfind(name + "=", 0) == 0 : word.front() != '-';
                     });
}

// Asks the workload whether it can run without allocating. What threads do to each other is no
// such floor.
bool has_floor(const Subject& subject) {
  constexpr double describe_seconds = 10;
  std::vector<std::string> command = subject.command;
  command.emplace_back("--describe");
  Child child({command, {}, {}, true});
  if (!child.wait(describe_seconds) || child.ending().wait_status != 0) return false;
  const auto description = nlohmann::json::parse(child.output(), nullptr, false);
  return description.is_object() && description.value("floor", false) &&
         description.value("single_thread", false);
}

// Scales the workload that gave `sample`, unless the user chose the count; returns the time that a
// run should take.
double scale(const Sample& sample, double process_seconds, double wanted_seconds,
             Subject& subject) {
  const auto parameters = nlohmann::json::parse(sample.line).at("parameters");
  for (const char* const name : counts) {
    if (!parameters.contains(name) || is_given(subject, name)) continue;
    const std::uint64_t count = parameters[name];
    const std::uint64_t scaled = scaled_count(count, sample.seconds, wanted_seconds);
    subject.command.push_back(std::string(name) + "=" + std::to_string(scaled));
    return process_seconds * static_cast<double>(scaled) / static_cast<double>(count);
  }
  return process_seconds;
}

}  // namespace

std::uint64_t scaled_count(std::uint64_t count, double seconds, double wanted_seconds) {
  const double exact = std::max(1.0, static_cast<double>(count) * wanted_seconds / seconds);
  const double unit = std::pow(10.0, std::max(0.0, std::floor(std::log10(exact)) - 1));
  return static_cast<std::uint64_t>(std::round(exact / unit) * unit);
}

void probe_rows(Plan& plan, const std::vector<bool>& complete) {
  Progress progress;
  const Allocator& reference = plan.allocators[plan.reference()];
  for (std::size_t i = 0; i < plan.rows.size() && interrupted() == 0; ++i) {
    if (complete[i]) continue;
    Row& row = plan.rows[i];
    progress.show("trying each once", row.subject.name);
    if (plan.with_floor && row.subject.kind == SubjectKind::workload) {
      row.subject.has_floor = has_floor(row.subject);
    }
    const double limit = plan.timeout_seconds > 0 ? plan.timeout_seconds : timeout_seconds;
    const double start = now_seconds();
    const Sample sample = measure(row.subject, reference, limit);
    const double seconds = now_seconds() - start;
    if (row.subject.kind == SubjectKind::program && sample.exit_status != 0) {
      row.subject.expected_status = sample.exit_status;
      progress.note(fmt::format("{} ends with status {} under {}: that is required of every run",
                                row.subject.name, sample.exit_status, reference.name));
      row.expected_seconds = seconds;
    }
    if (sample.verdict != Verdict::ok) continue;
    row.expected_seconds = row.subject.kind == SubjectKind::workload && plan.sample_seconds > 0
                               ? scale(sample, seconds, plan.sample_seconds, row.subject)
                               : seconds;
  }
}

}  // namespace hakmem::cli
