// soak_report.h: soaks as a document (docs/results.md) and as text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "soak/soak_run.h"

namespace hakmem::cli {

struct Soaked {
  Allocator allocator;
  SoakOutcome outcome;

  // Nothing failed and every check is met.
  [[nodiscard]] bool passed() const;
};

nlohmann::ordered_json soak_json(const SoakPlan& plan, const std::vector<Soaked>& soaked);
std::string soak_text(const std::vector<Soaked>& soaked);

}  // namespace hakmem::cli
