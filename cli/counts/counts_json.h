// counts_json.h: counts for other programs: the result document of kind "counts".
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "counts/counts.h"

namespace hakmem::cli {

nlohmann::ordered_json counts_json(const CountsPlan& plan, const Counts& counts, bool interrupted);

}  // namespace hakmem::cli
