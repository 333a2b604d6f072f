// soak_report.cc: writes soaks.
#include "soak/soak_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "measure/interrupt.h"
#include "result/result_file.h"
#include "soak/bounds.h"

namespace hakmem::cli {

using Json = nlohmann::ordered_json;

namespace {

struct Quantile {
  const char* name;
  double share;
};

constexpr Quantile quantiles[] = {{"p50", 0.5},     {"p90", 0.9},       {"p99", 0.99},
                                  {"p99_9", 0.999}, {"p99_99", 0.9999}, {"max", 1}};

const char* slice_name(Slice slice) {
  switch (slice) {
    case Slice::subject:
      return "subject";
    case Slice::latency:
      return "latency";
    case Slice::floor:
      return "floor";
  }
  return "unknown";
}

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

Json summary_json(const SoakSummary& summary) {
  return {{"throughput_median", summary.throughput_median},
          {"throughput_cv", summary.throughput_cv},
          {"floor_cv", summary.floor_cv ? Json(*summary.floor_cv) : Json(nullptr)},
          {"throughput_drift", summary.throughput_drift},
          {"rss_drift", summary.rss_drift},
          {"slow_epochs", summary.slow_epochs}};
}

std::vector<SoakCheck> checks_of(const SoakOutcome& outcome) {
  const auto summary = summarise_soak(outcome.run.epochs);
  return summary ? soak_checks(*summary, outcome.system_calls_per_operation)
                 : std::vector<SoakCheck>();
}

std::string figures_text(const SoakOutcome& outcome) {
  const auto summary = summarise_soak(outcome.run.epochs);
  if (!summary) return "  too short for figures\n";
  std::string text = fmt::format(
      "  throughput  {:.1f} M operations/s, drift {:+.3f} %/h\n  RSS         {:.1f} MiB, drift "
      "{:+.3f} %/h\n",
      summary->throughput_median / 1e6, 100 * summary->throughput_drift,
      static_cast<double>(outcome.run.epochs.back().rss_bytes) / (1 << 20),
      100 * summary->rss_drift);
  for (const Latency& latency : outcome.run.latency) {
    if (latency.samples() == 0) continue;
    text += fmt::format(
        "  {:<6}      p50 {:.0f} ns, p99 {:.0f}, p99.9 {:.0f}, p99.99 {:.0f}, max {:.0f} ({} "
        "samples; the clock's {:.1f} ns subtracted)\n",
        latency.call, latency.at(0.5), latency.at(0.99), latency.at(0.999), latency.at(0.9999),
        latency.at(1), latency.samples(), latency.clock_cost_ns);
  }
  for (const SoakCheck& check : checks_of(outcome)) {
    text +=
        fmt::format("  {}  {}: {:.4g}, wanted {} {:.4g}\n", check.met() ? "met    " : "NOT MET",
                    check.name, check.figure, check.at_least ? "at least" : "at most", check.bound);
  }
  if (!outcome.system_calls_per_operation) {
    text += "  system calls: not counted\n";
  }
  return text;
}

}  // namespace

bool Soaked::passed() const {
  const std::vector<SoakCheck> checks = checks_of(outcome);
  return outcome.sample.verdict == Verdict::ok && !checks.empty() &&
         std::all_of(checks.begin(), checks.end(),
                     [](const SoakCheck& check) { return check.met(); });
}

Json soak_json(const SoakPlan& plan, const std::vector<Soaked>& soaked) {
  Json result = new_result("soak");
  result["settings"] = {{"seconds", plan.seconds}, {"slice_seconds", plan.slice_seconds}};
  result["workload"] = {{"name", "soak"}, {"parameters", plan.parameters}};
  result["interrupted"] = interrupted() != 0;
  result["allocators"] = Json::array();
  for (const Soaked& one : soaked) {
    const SoakOutcome& outcome = one.outcome;
    Json json = {
        {"name", one.allocator.name},         {"path", one.allocator.library.string()},
        {"build_id", one.allocator.build_id}, {"verdict", verdict_name(outcome.sample.verdict)},
        {"detail", outcome.sample.detail},    {"epochs", Json::array()},
        {"latency", Json::array()},           {"checks", Json::array()}};
    for (const Epoch& epoch : outcome.run.epochs) json["epochs"].push_back(epoch_json(epoch));
    for (const Latency& latency : outcome.run.latency) {
      json["latency"].push_back(latency_json(latency));
    }
    const auto& calls = outcome.system_calls_per_operation;
    json["system_calls_per_operation"] = calls ? Json(*calls) : Json(nullptr);
    const auto summary = summarise_soak(outcome.run.epochs);
    json["summary"] = summary ? summary_json(*summary) : Json(nullptr);
    for (const SoakCheck& check : checks_of(outcome)) {
      json["checks"].push_back({{"name", check.name},
                                {"figure", check.figure},
                                {"bound", check.bound},
                                {"met", check.met()}});
    }
    json["passed"] = one.passed();
    result["allocators"].push_back(std::move(json));
  }
  return result;
}

std::string soak_text(const std::vector<Soaked>& soaked) {
  std::string text;
  for (const Soaked& one : soaked) {
    const Sample& sample = one.outcome.sample;
    text += fmt::format("{}: {}\n", one.allocator.name, one.passed() ? "passed" : "NOT passed");
    if (sample.verdict != Verdict::ok) {
      text += fmt::format("  {}: {}\n", verdict_name(sample.verdict), sample.detail);
    }
    text += figures_text(one.outcome);
  }
  return text;
}

}  // namespace hakmem::cli
