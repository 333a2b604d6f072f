// result_json.h: a comparison with all its samples, for other programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "compare/summary.h"

namespace hakmem::cli {

nlohmann::ordered_json result_json(const Plan& plan, const std::vector<Sample>& samples,
                                   const Summary& summary);

}  // namespace hakmem::cli
