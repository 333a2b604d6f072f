// health_report.h: what a health check says, as text and as a result document.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "health/health.h"

namespace hakmem::cli {

// Returns one line: PASS or FAIL, where, what, and the figures.
std::string check_line(const HealthPlan& plan, const HealthCheck& check);

// Returns one line for each flavour and profile that has checks, and one for all.
std::string health_summary(const HealthPlan& plan, const std::vector<HealthCheck>& checks);

// Returns the document of kind "health".
nlohmann::ordered_json health_json(const HealthPlan& plan, const std::vector<HealthCheck>& checks,
                                   bool interrupted);

// Whether there are checks and none failed.
bool all_passed(const std::vector<HealthCheck>& checks);

}  // namespace hakmem::cli
