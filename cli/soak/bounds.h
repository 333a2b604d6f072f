// bounds.h: what a soak must show.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "soak/epochs.h"

namespace hakmem::cli {

struct SoakCheck {
  std::string name;
  double figure = 0;
  double bound = 0;
  bool at_least = false;  // the figure must reach the bound; else it must not exceed it

  [[nodiscard]] bool met() const { return at_least ? figure >= bound : figure <= bound; }
};

// Returns the checks of a run:
//   RSS drift          so little over an hour that it is 0 % when rounded
//   throughput CV      at most 1.5 %, or the floor's own, which is the machine's noise
//   slow epochs        99.9 % of the epochs reach 0.95 of the median
//   system calls       at most 1e-7 per operation
std::vector<SoakCheck> soak_checks(const SoakSummary& summary,
                                   std::optional<double> system_calls_per_operation);

}  // namespace hakmem::cli
