// counts_json.cc: writes counts as JSON.
#include "counts/counts_json.h"

#include <fmt/ranges.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "measure/run_conditions.h"
#include "result/result_file.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

Json figure_json(const std::optional<double>& figure) {
  return figure ? Json(*figure) : Json(nullptr);
}

Json call_json(const CallCount& count) {
  Json json = {{"call", count.call},
               {"bytes", count.bytes},
               {"instructions", figure_json(count.instructions)}};
  if (count.fifo) json["fifo_instructions"] = *count.fifo;
  if (!count.failure.empty()) json["failure"] = count.failure;
  return json;
}

// Which workload a figure is of, however it was called: what was given by name, by place or not at
// all is in the parameters alike.
Json workload_json(const CountedWorkload& workload, const WorkloadCount& count) {
  Json switches = Json::array();
  for (const std::string& word : workload.command) {
    if (word.starts_with("--")) switches.push_back(word);
  }
  Json json = {
      {"name", count.name},
      {"workload", std::filesystem::path(workload.command.front()).filename()},
      {"parameters", count.parameters.empty() ? Json::object() : Json::parse(count.parameters)},
      {"switches", switches},
      {"repetitions", workload.repetitions},
      {"instructions_per_operation", figure_json(count.instructions)},
      {"floor_instructions_per_operation", figure_json(count.floor)},
      {"system_calls_per_operation", figure_json(count.system_calls)}};
  if (!count.failures.empty()) json["failure"] = fmt::format("{}", fmt::join(count.failures, "; "));
  return json;
}

}  // namespace

Json counts_json(const CountsPlan& plan, const Counts& counts, bool interrupted) {
  Json result = new_result("counts");
  Json names = Json::array();
  for (const CountedWorkload& workload : plan.workloads) names.push_back(workload.name);
  result["settings"] = {{"sizes", plan.sizes},
                        {"batch", plan.batch},
                        {"rounds", plan.rounds},
                        {"workloads", names},
                        {"timeout_seconds", plan.timeout_seconds}};
  result["settings"].update(run_conditions());
  result["interrupted"] = interrupted;
  result["failures"] = failures_in(counts);
  for (std::size_t i = 0; i < plan.allocators.size(); ++i) {
    const Allocator& allocator = plan.allocators[i];
    Json json = {{"name", allocator.name},
                 {"path", allocator.library},
                 {"build_id", allocator.build_id},
                 {"calls", Json::array()},
                 {"workloads", Json::array()}};
    for (const CallCount& count : counts[i].calls) json["calls"].push_back(call_json(count));
    // Cut short if the user interrupted.
    for (std::size_t row = 0; row < counts[i].workloads.size(); ++row) {
      json["workloads"].push_back(workload_json(plan.workloads[row], counts[i].workloads[row]));
    }
    result["allocators"].push_back(std::move(json));
  }
  return result;
}

}  // namespace hakmem::cli
