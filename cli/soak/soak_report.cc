// soak_report.cc: writes soaks.
#include "soak/soak_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <utility>

#include "measure/interrupt.h"
#include "measure/run_conditions.h"
#include "result/result_file.h"

namespace hakmem::cli {

using Json = nlohmann::ordered_json;

namespace {

struct Quantile {
  const char* name;
  double share;
};

constexpr Quantile quantiles[] = {{"p50", 0.5},     {"p90", 0.9},       {"p99", 0.99},
                                  {"p99_9", 0.999}, {"p99_99", 0.9999}, {"max", 1}};

Json epoch_json(const Epoch& epoch) {
  return {{"start", epoch.start},
          {"slice", slice_name(epoch.slice)},
          {"operations", epoch.operations},
          {"seconds", epoch.seconds},
          {"rss_bytes", epoch.rss_bytes},
          {"minor_faults", epoch.minor_faults},
          {"major_faults", epoch.major_faults}};
}

Json latency_json(const Latency& latency) {
  Json json = {{"call", latency.call},
               {"samples", latency.samples()},
               {"clock_cost_ns", latency.clock_cost_ns},
               {"percentiles", Json::object()},
               {"bins", Json::array()}};
  if (latency.samples() == 0) return json;
  for (const Quantile& quantile : quantiles) {
    json["percentiles"][quantile.name] = latency.at(quantile.share);
  }
  for (const Bin& bin : latency.bins) {
    if (bin.count == 0) continue;
    json["bins"].push_back(
        {{"low_ns", bin.low_ns}, {"high_ns", bin.high_ns}, {"count", bin.count}});
  }
  return json;
}

Json percentiles_json(const EpochPercentiles& percentiles) {
  return {{"p50", percentiles.p50},
          {"p10", percentiles.p10},
          {"p1", percentiles.p1},
          {"p0_1", percentiles.p0_1},
          {"min", percentiles.least}};
}

Json summary_json(const SoakSummary& summary) {
  return {{"throughput_median", summary.throughput_median},
          {"throughput_cv", summary.throughput_cv},
          {"floor_cv", summary.floor_cv ? Json(*summary.floor_cv) : Json(nullptr)},
          {"throughput_drift", summary.throughput_drift},
          {"rss_drift", summary.rss_drift},
          {"slow_epochs", summary.slow_epochs},
          {"epoch_percentiles", percentiles_json(summary.percentiles)},
          {"minor_faults_per_second", summary.minor_faults_per_second},
          {"major_faults", summary.major_faults}};
}

Json check_json(const SoakCheck& check) {
  return {{"name", check.bound.name},
          {"figure", check.figure ? Json(*check.figure) : Json(nullptr)},
          {"bound", check.bound.bound},
          {"met", check.standing == Standing::met},
          {"says", standing_text(check.standing)}};
}

// All but "met" is to catch the eye.
std::string mark_of(Standing standing) {
  std::string mark = standing_text(standing);
  if (standing == Standing::met) return mark;
  std::transform(mark.begin(), mark.end(), mark.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  return mark;
}

std::string check_text(const SoakCheck& check) {
  const std::string mark = mark_of(check.standing);
  if (!check.figure) return fmt::format("  {:<11}  {}\n", mark, check.bound.name);
  return fmt::format("  {:<11}  {}: {:.4g}, wanted {} {:.4g}\n", mark, check.bound.name,
                     *check.figure, check.bound.at_least ? "at least" : "at most",
                     check.bound.bound);
}

std::string latency_text(const Latency& latency) {
  if (latency.samples() == 0) return "";
  return fmt::format(
      "  {:<6}      p50 {:.0f} ns, p99 {:.0f}, p99.9 {:.0f}, p99.99 {:.0f}, max {:.0f} ({} "
      "samples; the clock's {:.1f} ns subtracted)\n",
      latency.call, latency.at(0.5), latency.at(0.99), latency.at(0.999), latency.at(0.9999),
      latency.at(1), latency.samples(), latency.clock_cost_ns);
}

std::string summary_text(const SoakSummary& summary, const SoakRun& run) {
  const EpochPercentiles& epochs = summary.percentiles;
  return fmt::format(
      "  throughput  {:.1f} M operations/s, drift {:+.3f} %/h\n"
      "  epochs      p50 {:.1f} M operations/s, p10 {:.1f}, p1 {:.1f}, p0.1 {:.1f}, min {:.1f}\n"
      "  RSS         {:.1f} MiB, drift {:+.3f} %/h\n"
      "  page faults {:.2f} minor per second, {} major\n",
      summary.throughput_median / 1e6, 100 * summary.throughput_drift, epochs.p50 / 1e6,
      epochs.p10 / 1e6, epochs.p1 / 1e6, epochs.p0_1 / 1e6, epochs.least / 1e6,
      static_cast<double>(run.epochs.back().rss_bytes) / (1 << 20), 100 * summary.rss_drift,
      summary.minor_faults_per_second, summary.major_faults);
}

std::string figures_text(const Soaked& soaked) {
  if (!soaked.summary) return "  too short for figures\n";
  std::string text = summary_text(*soaked.summary, soaked.outcome.run);
  for (const Latency& latency : soaked.outcome.run.latency) text += latency_text(latency);
  for (const SoakCheck& check : soaked.checks) text += check_text(check);
  if (const auto& floor = soaked.summary->floor_cv; floor && *floor > throughput_cv_bound.bound) {
    text += fmt::format("  the floor's own CV is {:.4g}: the machine varies too much\n", *floor);
  }
  if (!soaked.outcome.not_counted.empty()) {
    text += fmt::format("  system calls: not counted: {}\n", soaked.outcome.not_counted);
  }
  return text;
}

// What cannot be said is not said to be missed, either.
const char* headline(const Soaked& soaked) {
  if (soaked.passed()) return "passed";
  const bool missed =
      soaked.outcome.sample.verdict != Verdict::ok || soaked.checks.empty() ||
      std::any_of(soaked.checks.begin(), soaked.checks.end(),
                  [](const SoakCheck& check) { return check.standing == Standing::not_met; });
  return missed ? "NOT passed" : "UNDECIDED";
}

Json soaked_json(const Soaked& soaked) {
  const SoakOutcome& outcome = soaked.outcome;
  Json json = {{"name", soaked.allocator.name},
               {"path", soaked.allocator.library.string()},
               {"build_id", soaked.allocator.build_id},
               {"verdict", verdict_name(outcome.sample.verdict)},
               {"detail", outcome.sample.detail},
               {"epochs", Json::array()},
               {"latency", Json::array()},
               {"checks", Json::array()}};
  for (const Epoch& epoch : outcome.run.epochs) json["epochs"].push_back(epoch_json(epoch));
  for (const Latency& latency : outcome.run.latency) {
    json["latency"].push_back(latency_json(latency));
  }
  const auto& calls = outcome.system_calls_per_operation;
  json["system_calls_per_operation"] = calls ? Json(*calls) : Json(nullptr);
  if (!outcome.not_counted.empty()) json["system_calls_not_counted"] = outcome.not_counted;
  json["summary"] = soaked.summary ? summary_json(*soaked.summary) : Json(nullptr);
  for (const SoakCheck& check : soaked.checks) json["checks"].push_back(check_json(check));
  json["passed"] = soaked.passed();
  return json;
}

}  // namespace

bool Soaked::passed() const {
  return outcome.sample.verdict == Verdict::ok && !checks.empty() &&
         std::all_of(checks.begin(), checks.end(),
                     [](const SoakCheck& check) { return check.standing == Standing::met; });
}

Soaked judge_soak(Allocator allocator, SoakOutcome outcome) {
  Soaked soaked{std::move(allocator), std::move(outcome), std::nullopt, {}};
  soaked.summary = summarise_soak(soaked.outcome.run.epochs);
  if (soaked.summary) {
    soaked.checks =
        soak_checks(soak_figures(soaked.summary, soaked.outcome.system_calls_per_operation));
  }
  return soaked;
}

Json soak_json(const SoakPlan& plan, const std::vector<Soaked>& soaked) {
  Json result = new_result("soak");
  result["settings"] = {{"seconds", plan.seconds}, {"slice_seconds", plan.slice_seconds}};
  result["settings"].update(run_conditions());
  result["workload"] = {{"name", "soak"}, {"parameters", plan.parameters}};
  result["interrupted"] = interrupted() != 0;
  result["allocators"] = Json::array();
  for (const Soaked& one : soaked) result["allocators"].push_back(soaked_json(one));
  return result;
}

std::string soak_text(const std::vector<Soaked>& soaked) {
  std::string text;
  for (const Soaked& one : soaked) {
    const Sample& sample = one.outcome.sample;
    text += fmt::format("{}: {}\n", one.allocator.name, headline(one));
    if (sample.verdict != Verdict::ok) {
      text += fmt::format("  {}: {}\n", verdict_name(sample.verdict), sample.detail);
    }
    text += figures_text(one);
  }
  return text;
}

}  // namespace hakmem::cli
