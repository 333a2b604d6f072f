// result_json.h: a comparison as a document (docs/results.md), and back.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "compare/rows.h"
#include "compare/summary.h"

namespace hakmem::cli {

// Returns a ratio as every document holds it, or null.
nlohmann::ordered_json ratio_json(const std::optional<Ratio>& ratio);

nlohmann::ordered_json result_json(const Plan& plan, const Measured& measured,
                                   const Summary& summary);

// Returns the samples alone, a line each with a head, as RFC 4180 wants it.
std::string samples_csv(const Plan& plan, const std::vector<Sample>& samples);

// Takes over the rows that were begun in `result`: their samples, and into the plan what their runs
// were like; but none that had a problem, which may be gone. Throws, naming what differs, if
// `result` was measured elsewhere or otherwise: on another machine, kernel or huge-page setting,
// with other libraries, workloads, rows or settings.
Measured resume(Plan& plan, const nlohmann::ordered_json& result);

}  // namespace hakmem::cli
