// bounds.cc: holds a soak against its bounds.
#include "soak/bounds.h"

#include <algorithm>
#include <cmath>

namespace hakmem::cli {

std::vector<SoakCheck> soak_checks(const SoakSummary& summary,
                                   std::optional<double> system_calls_per_operation) {
  constexpr double rss_drift_bound = 0.005;
  constexpr double cv_bound = 0.015;
  constexpr double slow_epochs_bound = 0.95;
  constexpr double system_calls_bound = 1e-7;
  std::vector<SoakCheck> checks = {
      {"RSS drift per hour", std::abs(summary.rss_drift), rss_drift_bound, false},
      {"throughput CV", summary.throughput_cv, std::max(cv_bound, summary.floor_cv.value_or(0)),
       false},
      {"slow epochs", summary.slow_epochs, slow_epochs_bound, true}};
  if (system_calls_per_operation) {
    checks.push_back(
        {"system calls per operation", *system_calls_per_operation, system_calls_bound, false});
  }
  return checks;
}

}  // namespace hakmem::cli
