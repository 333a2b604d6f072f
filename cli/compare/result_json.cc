// result_json.cc: writes and reads comparisons.
#include "compare/result_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "launch/elf_file.h"
#include "measure/interrupt.h"
#include "result/result_file.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* floor_name = "floor";

Json mean_json(const std::optional<double>& mean) { return mean ? Json(*mean) : Json(nullptr); }

std::string allocator_name(const Plan& plan, std::size_t place) {
  return place == plan.floor() ? floor_name : plan.allocators[place].name;
}

Json sample_json(const Plan& plan, const Sample& sample) {
  Json json = {{"allocator", allocator_name(plan, sample.allocator)},
               {"round", sample.round},
               {"counted", sample.round > 0},
               {"verdict", verdict_name(sample.verdict)}};
  if (!sample.detail.empty()) json["detail"] = sample.detail;
  json["exit_status"] = sample.exit_status;
  json["seconds"] = sample.seconds;
  json["cost"] = sample.cost;
  json["peak_rss_bytes"] = sample.peak_rss_bytes;
  if (sample.after_rss_bytes) json["after_rss_bytes"] = *sample.after_rss_bytes;
  json["allocator_path"] = sample.allocator_path;
  if (sample.output_digest != 0) json["output_digest"] = sample.output_digest;
  if (!sample.line.empty()) {
    json["figures"] = Json::parse(sample.line, nullptr, /*allow_exceptions=*/false);
  }
  return json;
}

Sample parse_sample(const Plan& plan, std::size_t row, const Json& json) {
  Sample sample;
  sample.subject = row;
  sample.allocator = plan.floor();
  const std::string name = json.at("allocator");
  for (std::size_t i = 0; i < plan.allocators.size(); ++i) {
    if (plan.allocators[i].name == name) sample.allocator = i;
  }
  sample.round = json.at("round");
  sample.verdict = parse_verdict(json.at("verdict"));
  sample.detail = json.value("detail", "");
  sample.exit_status = json.at("exit_status");
  sample.seconds = json.at("seconds");
  sample.cost = json.at("cost");
  sample.peak_rss_bytes = json.at("peak_rss_bytes");
  if (json.contains("after_rss_bytes")) sample.after_rss_bytes = json["after_rss_bytes"];
  sample.allocator_path = json.at("allocator_path");
  sample.output_digest = json.value("output_digest", std::uint64_t{0});
  if (json.contains("figures")) {
    sample.line = json["figures"].dump();
    sample.start_rss_bytes = json["figures"].value("start_rss_bytes", std::uint64_t{0});
  }
  return sample;
}

Json cell_json(const Plan& plan, std::size_t allocator, const Cell& cell) {
  Json json = {{"allocator", plan.allocators[allocator].name},
               {"samples", cell.samples},
               {"failures", cell.failures}};
  if (cell.failures > 0) json["failure"] = cell.failure;
  json["cost_ratio"] = ratio_json(cell.cost);
  json["net_cost_ratio"] = ratio_json(cell.net_cost);
  json["peak_rss_ratio"] = ratio_json(cell.peak);
  json["after_rss_ratio"] = ratio_json(cell.after);
  json["net_peak_rss_ratio"] = ratio_json(cell.net_peak);
  json["net_after_rss_ratio"] = ratio_json(cell.net_after);
  json["median_seconds"] = cell.median_seconds;
  json["median_cost"] = cell.median_cost;
  json["median_peak_rss_bytes"] = cell.median_peak_bytes;
  json["median_after_rss_bytes"] = cell.median_after_bytes;
  return json;
}

Json against_best_json(const Plan& plan, const AgainstBest& best) {
  Json json = ratio_json(best.cost);
  json["peer"] = plan.allocators[best.peer].name;
  json["limit"] = best.limit;
  json["decided"] = best.decided();
  json["net"] = ratio_json(best.net);
  json["below_resolution"] = best.below_resolution;
  return json;
}

std::string build_id_of(const Subject& subject) {
  const std::optional<ElfFile> elf = read_elf_file(subject.command.front());
  return elf ? elf->build_id : "";
}

Json row_json(const Row& row) {
  return {{"name", row.subject.name},
          {"kind", kind_name(row.subject.kind)},
          {"command", row.subject.command},
          {"build_id", build_id_of(row.subject)},
          {"expected_status", row.subject.expected_status},
          {"expected_seconds", row.expected_seconds}};
}

// Only what bears on the figures: a row may be finished with another budget.
Json settings_json(const Plan& plan) {
  return {{"rounds", plan.rounds},
          {"most_rounds", plan.most_rounds},
          {"sample_seconds", plan.sample_seconds},
          {"timeout_seconds", plan.timeout_seconds},
          {"after", plan.after},
          {"with_floor", plan.with_floor},
          {"cores", plan.cores}};
}

void require_same(const std::string& what, const Json& before, const Json& now) {
  if (before == now) return;
  throw UserError(fmt::format("--resume: {} was {}, and is {}", what, before.dump(), now.dump()));
}

Measured resume_checked(Plan& plan, const Json& result) {
  const Json now = new_result("compare");
  require_same("the kind of the result", result.at("kind"), now["kind"]);
  require_same("the version of hakmem", result.at("hakmem"), now["hakmem"]);
  for (const auto& [name, value] : now["machine"].items()) {
    require_same("the machine's " + name, result.at("machine").at(name), value);
  }
  const Json settings = settings_json(plan);
  for (const auto& [name, value] : settings.items()) {
    require_same("the setting " + name, result.at("settings").at(name), value);
  }
  require_same("the number of allocators", result.at("allocators").size(), plan.allocators.size());
  for (std::size_t i = 0; i < plan.allocators.size(); ++i) {
    const Json& before = result["allocators"][i];
    require_same("an allocator", before.at("name"), plan.allocators[i].name);
    require_same("the build id of " + plan.allocators[i].name, before.at("build_id"),
                 plan.allocators[i].build_id);
  }
  require_same("the number of rows", result.at("rows").size(), plan.rows.size());
  Measured measured;
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const Json& before = result["rows"][i];
    Subject& subject = plan.rows[i].subject;
    require_same("a row", before.at("name"), subject.name);
    require_same("the build id of " + subject.command.front(), before.at("build_id"),
                 build_id_of(subject));
    measured.complete.push_back(before.at("complete"));
    if (!measured.complete.back()) continue;
    subject.command = before.at("command").get<std::vector<std::string>>();
    subject.expected_status = before.at("expected_status");
    plan.rows[i].expected_seconds = before.at("expected_seconds");
    for (const Json& sample : before.at("samples")) {
      measured.samples.push_back(parse_sample(plan, i, sample));
    }
  }
  return measured;
}

// A field in quotes, as text with commas, quotes or ends of lines must be.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char character : text) result += character == '"' ? "\"\"" : std::string(1, character);
  return result + "\"";
}

}  // namespace

Json ratio_json(const std::optional<Ratio>& ratio) {
  if (!ratio) return nullptr;
  return {{"median", ratio->median},
          {"low", ratio->interval.low},
          {"high", ratio->interval.high},
          {"rounds", ratio->rounds}};
}

Json result_json(const Plan& plan, const Measured& measured, const Summary& summary) {
  Json result = new_result("compare");
  result["settings"] = settings_json(plan);
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
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    Json row = row_json(plan.rows[i]);
    row["threads"] = summary.threads[i];
    row["complete"] = static_cast<bool>(measured.complete[i]);
    row["floor_cost"] = summary.floor_cost[i] > 0 ? Json(summary.floor_cost[i]) : Json(nullptr);
    for (std::size_t allocator = 0; allocator < plan.allocators.size(); ++allocator) {
      row["cells"].push_back(cell_json(plan, allocator, summary.cells[i][allocator]));
    }
    if (const auto& best = summary.against_best[i]) {
      row["against_best"] = against_best_json(plan, *best);
    }
    row["samples"] = Json::array();
    for (const Sample& sample : measured.samples) {
      if (sample.subject == i) row["samples"].push_back(sample_json(plan, sample));
    }
    result["rows"].push_back(std::move(row));
  }
  return result;
}

std::string samples_csv(const Plan& plan, const std::vector<Sample>& samples) {
  std::string text =
      "row,allocator,round,counted,verdict,seconds,cost,peak_rss_bytes,after_rss_bytes\r\n";
  for (const Sample& sample : samples) {
    text += fmt::format(
        "{},{},{},{},{},{},{},{},{}\r\n", quoted(plan.rows[sample.subject].subject.name),
        quoted(allocator_name(plan, sample.allocator)), sample.round, sample.round > 0,
        verdict_name(sample.verdict), sample.seconds, sample.cost, sample.peak_rss_bytes,
        sample.after_rss_bytes ? std::to_string(*sample.after_rss_bytes) : "");
  }
  return text;
}

Measured resume(Plan& plan, const Json& result) {
  try {
    return resume_checked(plan, result);
  } catch (const Json::exception& error) {
    throw UserError(std::string("--resume: the result is no whole comparison: ") + error.what());
  }
}

}  // namespace hakmem::cli
