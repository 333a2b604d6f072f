// soak_report.h: soaks as a document (docs/results.md) and as text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "soak/bounds.h"
#include "soak/soak_run.h"

namespace hakmem::cli {

// A run, and what follows from it.
struct Soaked {
  Allocator allocator;
  SoakOutcome outcome;
  std::optional<SoakSummary> summary;  // nothing if the run was too short for one
  std::vector<SoakCheck> checks;

  // Nothing failed and every check was made and is met.
  [[nodiscard]] bool passed() const;
};

Soaked judge_soak(Allocator allocator, SoakOutcome outcome);

nlohmann::ordered_json soak_json(const SoakPlan& plan, const std::vector<Soaked>& soaked);
std::string soak_text(const std::vector<Soaked>& soaked);

}  // namespace hakmem::cli
