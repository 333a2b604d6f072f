// soak_targets.cc: an hour of Mixed: memory that does not grow, speed that does not vary.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "scorecard/targets.h"
#include "soak/bounds.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

double minutes_of(const Json& allocator) {
  double last = 0;
  for (const Json& epoch : allocator.value("epochs", Json::array())) {
    last = std::max(last, epoch.at("start").get<double>() + epoch.at("seconds").get<double>());
  }
  return last / 60;
}

// A soak that did not end well says that alone.
template <class Judge>
RowFinding judge_run(const Json& own, const Judge& judge) {
  const std::string verdict = own.value("verdict", "ok");
  if (verdict == "ok") return judge(own);
  return {Says::not_met, std::numeric_limits<double>::infinity(),
          fmt::format("FAILED: {}: {}", verdict, own.value("detail", ""))};
}

// Judges each soak of Mixed; a shorter one than an hour decides nothing that it does not miss.
template <class Judge>
Finding judge_soaks(Finding target, const Evidence& evidence, const Judge& judge) {
  constexpr double full_minutes = 59;
  target.decided_by = "no soak of Mixed by the own allocator";
  WorstOfRows worst(std::move(target));
  for (const DocumentEvidence& soak : evidence.soaks) {
    const Json* const own = soak.find(soak.own);
    if (own == nullptr || !is_mixed_workload(soak.document->at("workload"))) continue;
    RowFinding found = judge_run(*own, judge);
    const double minutes = minutes_of(*own);
    if (minutes < full_minutes && found.says == Says::met) found.says = Says::undecided;
    worst.add(found, fmt::format("{:.3g} minutes", minutes), soak.file);
  }
  return worst.finding();
}

std::optional<double> number(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

SoakFigures figures_in(const Json& own) {
  const Json summary = own.value("summary", Json::object());
  SoakFigures figures;
  if (summary.is_object()) {
    figures.rss_drift = number(summary, "rss_drift");
    figures.throughput_cv = number(summary, "throughput_cv");
    figures.floor_cv = number(summary, "floor_cv");
    figures.slow_epochs = number(summary, "slow_epochs");
  }
  figures.system_calls_per_operation = number(own, "system_calls_per_operation");
  return figures;
}

Says says_of(Standing standing) {
  switch (standing) {
    case Standing::met:
      return Says::met;
    case Standing::undecided:
      return Says::undecided;
    case Standing::not_counted:
      return Says::no_data;
    case Standing::not_met:
      return Says::not_met;
  }
  return Says::no_data;
}

// A bound as the page shows it.
struct SoakTarget {
  const char* title;
  std::string bound_text;
  const SoakBound& bound;
  std::string (*text)(const SoakFigures&);
};

Finding judge_target(const Evidence& evidence, const SoakTarget& target) {
  const SoakBound& bound = target.bound;
  return judge_soaks(
      {target.title, target.bound_text}, evidence, [&](const Json& own) -> RowFinding {
        const SoakFigures figures = figures_in(own);
        const auto figure = figures.*bound.figure;
        const Says says = says_of(standing_of(bound, figures));
        if (!figure) return {says, 0, std::string("no ") + bound.name};
        return {says, bound.at_least ? -*figure : std::abs(*figure), target.text(figures)};
      });
}

std::string drift_text(const SoakFigures& figures) {
  return fmt::format("{:.2f} %", *figures.rss_drift * 100);
}

std::string variation_text(const SoakFigures& figures) {
  const auto& floor = figures.floor_cv;
  return fmt::format("{:.2f} %{}", *figures.throughput_cv * 100,
                     floor ? fmt::format(", the floor's {:.2f} %", *floor * 100) : "");
}

std::string slow_epochs_text(const SoakFigures& figures) {
  return fmt::format("{:.3f}", *figures.slow_epochs);
}

std::string system_calls_text(const SoakFigures& figures) {
  return fmt::format("{:.1e}", *figures.system_calls_per_operation);
}

}  // namespace

TargetGroup judge_soak(const Evidence& evidence) {
  const SoakTarget targets[] = {
      {"RSS drift per hour, to the nearest percent", "0 %", rss_drift_bound, drift_text},
      {"CV of throughput, where that of the floor allows",
       fmt::format("≤ {:g} %", throughput_cv_bound.bound * 100), throughput_cv_bound,
       variation_text},
      {"Slowest 0.1 % of seconds, relative to the median",
       fmt::format("≥ {:g}", slow_epochs_bound.bound), slow_epochs_bound, slow_epochs_text},
      {"System calls per operation", fmt::format("≤ {:g}", system_calls_bound.bound),
       system_calls_bound, system_calls_text},
  };
  TargetGroup group{"An hour of Mixed", {}};
  for (const SoakTarget& target : targets) group.findings.push_back(judge_target(evidence, target));
  return group;
}

}  // namespace hakmem::cli
