// result_json.cc: writes and reads comparisons.
#include "compare/result_json.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "launch/elf_file.h"
#include "measure/digest.h"
#include "measure/interrupt.h"
#include "measure/run_conditions.h"
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
  if (sample.start_rss_bytes > 0) json["start_rss_bytes"] = sample.start_rss_bytes;
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
  sample.start_rss_bytes = json.value("start_rss_bytes", sample.start_rss_bytes);
  return sample;
}

Json cell_json(const Plan& plan, std::size_t allocator, const Cell& cell) {
  Json json = {{"allocator", plan.allocators[allocator].name},
               {"samples", cell.samples},
               {"failures", cell.failures}};
  if (cell.failures > 0) json["failure"] = cell.failure;
  json["cost_ratio"] = ratio_json(cell.cost);
  json["resolved"] = cell.resolved;
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

// Returns what tells a file from another of the same name: its build id, or without one a digest of
// all that it holds. Nothing if it cannot be read.
std::string identity_of(const std::string& path) {
  const std::optional<ElfFile> elf = read_elf_file(path);
  if (elf && !elf->build_id.empty()) return elf->build_id;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};
  std::ifstream file(path, std::ios::binary);
  return fmt::format("fnv1a:{:016x}", digest_of({std::istreambuf_iterator<char>(file),
                                                 std::istreambuf_iterator<char>()}));
}

// What was asked for: all that the user or a suite chose, nothing that a trial run told.
Json subject_json(const Subject& subject) {
  Json metric = nullptr;
  if (subject.metric) {
    metric = {{"expression", subject.metric->expression},
              {"more_is_better", subject.metric->more_is_better}};
  }
  return {{"command", subject.command},
          {"environment", subject.environment},
          {"load", subject.load},
          {"release", subject.release},
          {"judged_process", subject.judged_process},
          {"metric", metric},
          {"same_output", subject.same_output},
          {"whole_tree", subject.whole_tree},
          {"problem", subject.problem}};
}

Json row_json(const Row& row) {
  return {
      {"name", row.subject.name},
      {"kind", kind_name(row.subject.kind)},
      {"subject", subject_json(row.subject)},
      {"command", row.command()},
      {"build_id", identity_of(row.subject.command.front())},
      {"scale", row.scale ? Json{{"parameter", row.scale->parameter}, {"count", row.scale->count}}
                          : Json(nullptr)},
      {"has_floor", row.subject.has_floor},
      {"expected_status", row.subject.expected_status},
      {"expected_seconds", row.expected_seconds}};
}

// Only what bears on the figures: a row may be finished with another budget.
Json settings_json(const Plan& plan) {
  Json settings = {{"rounds", plan.rounds},
                   {"most_rounds", plan.most_rounds},
                   {"sample_seconds", plan.sample_seconds},
                   {"timeout_seconds", plan.timeout_seconds},
                   {"after", plan.after},
                   {"after_every", plan.after_every},
                   {"with_floor", plan.with_floor}};
  settings.update(run_conditions());
  return settings;
}

// A row that could not be measured at all is measured anew, whatever was wrong.
bool had_problem(const Json& row) {
  return !row.at("subject").at("problem").get_ref<const std::string&>().empty();
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
    require_same("the library of " + plan.allocators[i].name, before.at("identity"),
                 identity_of(plan.allocators[i].library));
  }
  require_same("the number of rows", result.at("rows").size(), plan.rows.size());
  Measured measured;
  measured.started = result.at("started");
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    const Json& before = result["rows"][i];
    Row& row = plan.rows[i];
    const std::string& name = row.subject.name;
    require_same("a row", before.at("name"), name);
    measured.complete.push_back(!had_problem(before) && before.at("complete").get<bool>());
    if (had_problem(before)) continue;
    require_same("the kind of " + name, before.at("kind"), kind_name(row.subject.kind));
    const Json subject = subject_json(row.subject);
    for (const auto& [member, value] : subject.items()) {
      require_same(fmt::format("the {} of {}", member, name), before.at("subject").at(member),
                   value);
    }
    require_same("the build id of " + row.subject.command.front(), before.at("build_id"),
                 identity_of(row.subject.command.front()));
    if (before.at("samples").empty()) continue;
    row.subject.has_floor = before.at("has_floor");
    row.subject.expected_status = before.at("expected_status");
    row.expected_seconds = before.at("expected_seconds");
    if (const Json& scale = before.at("scale"); !scale.is_null()) {
      row.scale = Scale{scale.at("parameter"), scale.at("count")};
    }
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
          {"coverage", ratio->interval.coverage},
          {"rounds", ratio->rounds}};
}

Json result_json(const Plan& plan, const Measured& measured, const Summary& summary) {
  Json result = new_result("compare");
  if (!measured.started.empty()) result["started"] = measured.started;
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
         {"identity", identity_of(allocator.library)},
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
