// health_report.cc: writes checks as text and as JSON.
#include "health/health_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "measure/run_conditions.h"
#include "result/result_file.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

const char* verdict_of(bool passed) { return passed ? "PASS" : "FAIL"; }

// Where a check was made, padded so that names begin in one column.
std::string place_text(const HealthPlan& plan, const std::string& flavour,
                       const std::string& profile) {
  std::size_t flavour_width = 0;
  std::size_t profile_width = 0;
  for (const Allocator& each : plan.flavours) {
    flavour_width = std::max(flavour_width, each.name.size());
  }
  for (const std::string& each : plan.profiles) {
    profile_width = std::max(profile_width, each.size());
  }
  return fmt::format("{:<{}}  {:<{}}", flavour, flavour_width, profile, profile_width);
}

struct Tally {
  std::size_t passed = 0;
  std::size_t failed = 0;
};

template <class Predicate>
Tally tally_of(const std::vector<HealthCheck>& checks, const Predicate& belongs) {
  Tally tally;
  for (const HealthCheck& check : checks) {
    if (!belongs(check)) continue;
    ++(check.passed ? tally.passed : tally.failed);
  }
  return tally;
}

}  // namespace

std::string check_line(const HealthPlan& plan, const HealthCheck& check) {
  return fmt::format("{}  {}  {}{}{}\n", verdict_of(check.passed),
                     place_text(plan, check.flavour, check.profile), check.name,
                     check.detail.empty() ? "" : "; ", check.detail);
}

std::string health_summary(const HealthPlan& plan, const std::vector<HealthCheck>& checks) {
  std::string text = "\n";
  for (const Allocator& flavour : plan.flavours) {
    for (const std::string& profile : plan.profiles) {
      const Tally tally = tally_of(checks, [&](const HealthCheck& check) {
        return check.flavour == flavour.name && check.profile == profile;
      });
      if (tally.passed + tally.failed == 0) continue;
      text += fmt::format("{}  {}  {} passed, {} failed\n", verdict_of(tally.failed == 0),
                          place_text(plan, flavour.name, profile), tally.passed, tally.failed);
    }
  }
  const Tally tally = tally_of(checks, [](const HealthCheck&) { return true; });
  return text + fmt::format("{} passed, {} failed\n", tally.passed, tally.failed);
}

Json health_json(const HealthPlan& plan, const std::vector<HealthCheck>& checks, bool interrupted) {
  Json result = new_result("health");
  Json subjects = Json::array();
  for (const HealthSubject& checked : plan.subjects) {
    subjects.push_back({{"name", checked.subject.name}, {"command", checked.subject.command}});
  }
  result["settings"] = {{"profiles", plan.profiles},
                        {"programs", subjects},
                        {"timeout_seconds", plan.timeout_seconds}};
  result["settings"].update(run_conditions());
  result["interrupted"] = interrupted;
  for (const Allocator& flavour : plan.flavours) {
    result["allocators"].push_back(
        {{"name", flavour.name}, {"path", flavour.library}, {"build_id", flavour.build_id}});
  }
  result["checks"] = Json::array();
  for (const HealthCheck& check : checks) {
    result["checks"].push_back({{"profile", check.profile},
                                {"flavour", check.flavour},
                                {"name", check.name},
                                {"passed", check.passed},
                                {"detail", check.detail}});
  }
  result["passed"] = !interrupted && all_passed(checks);
  return result;
}

bool all_passed(const std::vector<HealthCheck>& checks) {
  return !checks.empty() && std::all_of(checks.begin(), checks.end(),
                                        [](const HealthCheck& check) { return check.passed; });
}

}  // namespace hakmem::cli
