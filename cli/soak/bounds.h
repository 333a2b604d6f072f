// bounds.h: what a soak must show. This is the one table of it: `hakmem soak` judges by it what it
// measured, `hakmem scorecard` what it reads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "soak/epochs.h"

namespace hakmem::cli {

// What bounds are set on; nothing where it was not measured.
struct SoakFigures {
  std::optional<double> rss_drift;      // per hour, relative to the median
  std::optional<double> throughput_cv;  // standard deviation relative to the mean
  std::optional<double> floor_cv;       // the same without allocation: the machine's own noise
  std::optional<double> slow_epochs;    // what 99.9 % of the epochs exceed, relative to the median
  std::optional<double> system_calls_per_operation;
};

SoakFigures soak_figures(const std::optional<SoakSummary>& summary,
                         std::optional<double> system_calls_per_operation);

struct SoakBound {
  const char* name;
  std::optional<double> SoakFigures::*figure;
  double bound;
  bool at_least;  // the figure must reach the bound; else its size must not exceed it
};

// So little over an hour, up or down, that it is 0 % when rounded.
inline constexpr SoakBound rss_drift_bound = {"RSS drift per hour", &SoakFigures::rss_drift, 0.005,
                                              false};
// Where the floor itself varies more than this, nothing can be said of a soak that does.
inline constexpr SoakBound throughput_cv_bound = {"throughput CV", &SoakFigures::throughput_cv,
                                                  0.015, false};
inline constexpr SoakBound slow_epochs_bound = {"slow epochs", &SoakFigures::slow_epochs, 0.95,
                                                true};
inline constexpr SoakBound system_calls_bound = {
    "system calls per operation", &SoakFigures::system_calls_per_operation, 1e-7, false};

inline constexpr SoakBound soak_bounds[] = {rss_drift_bound, throughput_cv_bound, slow_epochs_bound,
                                            system_calls_bound};

enum class Standing { met, undecided, not_counted, not_met };

const char* standing_text(Standing standing);

Standing standing_of(const SoakBound& bound, const SoakFigures& figures);

// One bound, and what a soak says of it.
struct SoakCheck {
  SoakBound bound;
  std::optional<double> figure;
  Standing standing = Standing::not_counted;
};

// Returns a check for each bound, in the order of the table.
std::vector<SoakCheck> soak_checks(const SoakFigures& figures);

}  // namespace hakmem::cli
