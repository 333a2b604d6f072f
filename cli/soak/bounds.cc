// bounds.cc: holds a soak against its bounds.
#include "soak/bounds.h"

#include <cmath>

namespace hakmem::cli {

SoakFigures soak_figures(const std::optional<SoakSummary>& summary,
                         std::optional<double> system_calls_per_operation) {
  SoakFigures figures;
  figures.system_calls_per_operation = system_calls_per_operation;
  if (!summary) return figures;
  figures.rss_drift = summary->rss_drift;
  figures.throughput_cv = summary->throughput_cv;
  figures.floor_cv = summary->floor_cv;
  figures.slow_epochs = summary->slow_epochs;
  return figures;
}

const char* standing_text(Standing standing) {
  switch (standing) {
    case Standing::met:
      return "met";
    case Standing::undecided:
      return "undecided";
    case Standing::not_counted:
      return "not counted";
    case Standing::not_met:
      return "not met";
  }
  return "unknown";
}

Standing standing_of(const SoakBound& bound, const SoakFigures& figures) {
  const std::optional<double>& figure = figures.*bound.figure;
  if (!figure) return Standing::not_counted;
  const bool met = bound.at_least ? *figure >= bound.bound : std::abs(*figure) <= bound.bound;
  if (met) return Standing::met;
  const bool machine_varies = bound.figure == throughput_cv_bound.figure &&
                              figures.floor_cv.value_or(0) > throughput_cv_bound.bound;
  return machine_varies ? Standing::undecided : Standing::not_met;
}

std::vector<SoakCheck> soak_checks(const SoakFigures& figures) {
  std::vector<SoakCheck> checks;
  for (const SoakBound& bound : soak_bounds) {
    checks.push_back({bound, figures.*bound.figure, standing_of(bound, figures)});
  }
  return checks;
}

}  // namespace hakmem::cli
