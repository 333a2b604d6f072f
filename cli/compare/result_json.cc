// result_json.cc: writes a comparison as JSON.
#include "compare/result_json.h"

#include <nlohmann/json.hpp>
#include <string>

#include "measure/interrupt.h"
#include "result/result_file.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

Json ratio_json(const std::optional<Ratio>& ratio) {
  if (!ratio) return nullptr;
  return {{"median", ratio->median},
          {"low", ratio->interval.low},
          {"high", ratio->interval.high},
          {"rounds", ratio->rounds}};
}

Json mean_json(const std::optional<double>& mean) { return mean ? Json(*mean) : Json(nullptr); }

Json sample_json(const Plan& plan, const Sample& sample) {
  Json json = {{"allocator", plan.allocators[sample.allocator].name},
               {"round", sample.round},
               {"counted", sample.round > 0},
               {"verdict", verdict_name(sample.verdict)}};
  if (!sample.detail.empty()) json["detail"] = sample.detail;
  json["seconds"] = sample.seconds;
  json["cost"] = sample.cost;
  json["peak_rss_bytes"] = sample.peak_rss_bytes;
  if (sample.after_rss_bytes) json["after_rss_bytes"] = *sample.after_rss_bytes;
  json["allocator_path"] = sample.allocator_path;
  if (!sample.line.empty()) {
    json["figures"] = Json::parse(sample.line, nullptr, /*allow_exceptions=*/false);
  }
  return json;
}

Json cell_json(const Plan& plan, std::size_t allocator, const Cell& cell) {
  Json json = {{"allocator", plan.allocators[allocator].name},
               {"samples", cell.samples},
               {"failures", cell.failures}};
  if (cell.failures > 0) json["failure"] = cell.failure;
  json["cost_ratio"] = ratio_json(cell.cost);
  json["peak_rss_ratio"] = ratio_json(cell.peak);
  json["after_rss_ratio"] = ratio_json(cell.after);
  json["median_seconds"] = cell.median_seconds;
  json["median_peak_rss_bytes"] = cell.median_peak_bytes;
  return json;
}

}  // namespace

Json result_json(const Plan& plan, const std::vector<Sample>& samples, const Summary& summary) {
  Json result = new_result("compare");
  result["settings"] = {{"rounds", plan.rounds},
                        {"most_rounds", plan.most_rounds},
                        {"timeout_seconds", plan.timeout_seconds},
                        {"budget_seconds", plan.budget_seconds}};
  result["interrupted"] = interrupted() != 0;
  result["base"] = plan.allocators[plan.base].name;
  result["own"] = plan.own ? Json(plan.allocators[*plan.own].name) : Json(nullptr);
  result["rounds"] = summary.rounds;
  result["failures"] = summary.failures;
  for (std::size_t i = 0; i < plan.allocators.size(); ++i) {
    const Allocator& allocator = plan.allocators[i];
    result["allocators"].push_back(
        {{"name", allocator.name},
         {"path", allocator.library.string()},
         {"build_id", allocator.build_id},
         {"cost_mean", mean_json(mean_ratio(summary, i, &Cell::cost))},
         {"peak_rss_mean", mean_json(mean_ratio(summary, i, &Cell::peak))},
         {"after_rss_mean", mean_json(mean_ratio(summary, i, &Cell::after))}});
  }
  for (std::size_t subject = 0; subject < plan.subjects.size(); ++subject) {
    Json row = {{"name", plan.subjects[subject].name}, {"command", plan.subjects[subject].command}};
    for (std::size_t i = 0; i < plan.allocators.size(); ++i) {
      row["cells"].push_back(cell_json(plan, i, summary.cells[subject][i]));
    }
    if (const auto& best = summary.against_best[subject]) {
      row["against_best"] = ratio_json(best->cost);
      row["against_best"]["peer"] = plan.allocators[best->peer].name;
      row["against_best"]["limit"] = best->limit;
      row["against_best"]["decided"] = best->decided();
    }
    for (const Sample& sample : samples) {
      if (sample.subject == subject) row["samples"].push_back(sample_json(plan, sample));
    }
    result["rows"].push_back(std::move(row));
  }
  return result;
}

}  // namespace hakmem::cli
