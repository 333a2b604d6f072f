// soak_run.h: one long run of the workload soak under one allocator.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure/allocator.h"
#include "measure/sample.h"
#include "soak/epochs.h"

namespace hakmem::cli {

class EpochLog;
class Progress;

struct SoakPlan {
  double seconds = 3600;
  double slice_seconds = 300;  // subject and floor take turns; 0: no floor
  std::vector<std::string> parameters;
};

struct SoakOutcome {
  Sample sample;  // how the run ended
  SoakRun run;
  std::optional<double> system_calls_per_operation;  // of a run of its own
  std::string not_counted;                           // why they are missing
};

// What the workload has to free what is live and to print its last line.
inline constexpr double soak_grace_seconds = 30;

// Returns the command of a run that lasts so long.
std::vector<std::string> soak_command(const SoakPlan& plan, double seconds);

// Runs the workload, first for a second, which it must pass, then under strace, then for as long as
// was planned, showing progress and appending to `log` what it writes. When interrupted the
// workload is asked to end and what it has written so far is returned.
SoakOutcome run_soak(const SoakPlan& plan, const Allocator& allocator, EpochLog& log,
                     Progress& progress);

}  // namespace hakmem::cli
