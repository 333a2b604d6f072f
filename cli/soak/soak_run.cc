// soak_run.cc: starts the workload soak, and watches it.
#include "soak/soak_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "counts/strace.h"
#include "launch/installation.h"
#include "measure/child.h"
#include "measure/interrupt.h"
#include "measure/measure.h"
#include "measure/progress.h"
#include "soak/epoch_log.h"
#include "soak/soak_trial.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

// The difference of a longer and a shorter run of one epoch each: what starting and ending costs is
// in both. Without strace, or where it fails, there is no figure but the reason, and the soak goes
// on.
void count_system_calls(const SoakPlan& plan, const Allocator& allocator, SoakOutcome& outcome) {
  constexpr double share = 0.05;  // of a long run
  const double shorter = std::clamp(share * plan.seconds, 1.0, 3.0);
  double calls[2] = {};
  double operations[2] = {};
  try {
    for (int i = 0; i < 2; ++i) {
      const double seconds = shorter * (i + 1);
      std::vector<std::string> command = soak_command(plan, seconds);
      command.push_back(fmt::format("epoch={:.0f}", seconds));
      std::uint64_t system_calls = 0;
      const Sample sample =
          run_strace(command, allocator, seconds + soak_grace_seconds, system_calls);
      outcome.not_counted = interrupted() != 0 ? "interrupted" : failure_of(sample);
      if (!outcome.not_counted.empty()) return;
      calls[i] = static_cast<double>(system_calls);
      operations[i] = nlohmann::json::parse(sample.line).at("operations").get<double>();
    }
  } catch (const UserError& error) {
    outcome.not_counted = error.what();
    return;
  }
  const double more = operations[1] - operations[0];
  if (more > 0) {
    outcome.system_calls_per_operation = (calls[1] - calls[0]) / more;
  } else {
    outcome.not_counted = "the longer run made no more operations than the shorter one";
  }
}

// Appends to a log what a child has written since it was last asked.
class LoggedOutput {
 public:
  LoggedOutput(const Child& child, EpochLog& log) : child_(child), log_(log) {}

  void catch_up() {
    const std::string text = child_.output(logged_);
    logged_ += text.size();
    log_.append(text);
  }

 private:
  const Child& child_;
  EpochLog& log_;
  std::size_t logged_ = 0;
};

// Fills in what is known before the soak itself; returns whether that is to follow.
bool prepare(const SoakPlan& plan, const Allocator& allocator, SoakOutcome& outcome,
             Progress& progress) {
  progress.show(allocator.name, "a trial of one second");
  const Sample trial = try_soak(plan, allocator);
  if (trial.verdict != Verdict::ok) {
    outcome.sample = trial;
    return false;
  }
  if (interrupted() == 0) {
    progress.show(allocator.name, "system calls");
    count_system_calls(plan, allocator, outcome);
  }
  if (interrupted() == 0) return true;
  outcome.sample.verdict = Verdict::not_started;
  outcome.sample.detail = "interrupted before the first second";
  return false;
}

}  // namespace

std::vector<std::string> soak_command(const SoakPlan& plan, double seconds) {
  std::vector<std::string> command = {find_helper("long/soak").string(),
                                      fmt::format("seconds={:.0f}", seconds)};
  command.insert(command.end(), plan.parameters.begin(), plan.parameters.end());
  return command;
}

SoakOutcome run_soak(const SoakPlan& plan, const Allocator& allocator, EpochLog& log,
                     Progress& progress) {
  SoakOutcome outcome;
  if (!prepare(plan, allocator, outcome, progress)) return outcome;
  std::vector<std::string> command = soak_command(plan, plan.seconds);
  command.push_back(fmt::format("slice={:.0f}", plan.slice_seconds));
  Child child({command, {}, allocator.library, true});
  LoggedOutput logged(child, log);
  log.begin(allocator.name);
  while (!child.wait(1)) {
    logged.catch_up();
    if (interrupted() != 0) {
      child.terminate();  // it then prints its last line
      const double latest = now_seconds() + soak_grace_seconds;
      while (!child.wait(latest - now_seconds()) && now_seconds() < latest) {
      }
      child.kill();
      break;
    }
    if (child.age() > plan.seconds + soak_grace_seconds) {
      judge_timeout(child, plan.seconds + soak_grace_seconds, outcome.sample);
      break;
    }
    progress.advance(1);
    progress.show(allocator.name,
                  fmt::format("second {:.0f} of {:.0f}", child.age(), plan.seconds));
  }
  logged.catch_up();
  if (outcome.sample.verdict == Verdict::ok) judge_workload(child, allocator, outcome.sample);
  outcome.run = parse_run(child.output());
  return outcome;
}

}  // namespace hakmem::cli
