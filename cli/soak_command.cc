// soak_command.cc: `hakmem soak`: an allocator for a long time, second by second.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "measure/affinity.h"
#include "measure/child.h"
#include "measure/console.h"
#include "measure/interrupt.h"
#include "measure/progress.h"
#include "measure/run_conditions.h"
#include "result/result_file.h"
#include "soak/epoch_log.h"
#include "soak/soak_report.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

// A day. Each second is an object of the result and a point of its report: longer ones would take
// more memory, and a browser more time, than anybody has tried.
constexpr double most_minutes = 1440;

struct SoakOptions {
  std::vector<std::string> allocators = {"hakmem"};
  std::vector<std::string> parameters;
  double minutes = 60;
  double slice_minutes = 5;
  bool no_floor = false;
  std::string pin;
  std::filesystem::path out;
};

SoakPlan make_plan(const SoakOptions& options) {
  constexpr double seconds_per_minute = 60;
  SoakPlan plan;
  plan.seconds = options.minutes * seconds_per_minute;
  // A short run has shorter slices, or it would have no floor.
  plan.slice_seconds =
      options.no_floor ? 0 : std::min(options.slice_minutes * seconds_per_minute, plan.seconds / 4);
  plan.parameters = options.parameters;
  return plan;
}

int soak(const SoakOptions& options) {
  require_launcher();
  const SoakPlan plan = make_plan(options);
  std::vector<std::string> missing;
  const std::vector<Allocator> allocators = choose_allocators(options.allocators, missing);
  if (!options.pin.empty()) pin_to(options.pin);
  if (!options.out.empty()) require_new(options.out);
  EpochLog log(options.out);
  const InterruptGuard guard;
  tell_tuning();
  std::vector<Soaked> soaked;
  {
    Progress progress;
    progress.expect(plan.seconds * static_cast<double>(allocators.size()));
    for (const Allocator& allocator : allocators) {
      soaked.push_back(judge_soak(allocator, run_soak(plan, allocator, log, progress)));
      if (!log.failure().empty()) progress.note(log.failure());
      if (!options.out.empty()) write_result(options.out, soak_json(plan, soaked));
      if (interrupted() != 0) break;
    }
  }
  log.remove();
  show(soak_text(soaked));
  if (!options.out.empty()) show(fmt::format("All epochs: {}\n", options.out.string()));
  if (const int signal = interrupted(); signal != 0) return 128 + signal;
  const bool passed =
      std::all_of(soaked.begin(), soaked.end(), [](const Soaked& one) { return one.passed(); });
  return passed ? 0 : exit_failed_samples;
}

}  // namespace

void add_soak_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<SoakOptions>();
  CLI::App* const command = app.add_subcommand(
      "soak",
      "Run one process under an allocator for a long time and hold its throughput, memory, "
      "latency and system calls against bounds");
  command->add_option("--allocator", options->allocators,
                      "libc, hakmem, mimalloc, jemalloc, tcmalloc or name=path.so; several one "
                      "after another (default: hakmem)");
  command->add_option("--minutes", options->minutes, "How long each, at most a day (default: 60)")
      ->check(CLI::Range(0.2, most_minutes));
  command
      ->add_option("--slice-minutes", options->slice_minutes,
                   "After so long the same accesses run as long without allocation: the machine's "
                   "own noise (default: 5)")
      ->check(CLI::Range(0.05, most_minutes));
  command->add_flag("--no-floor", options->no_floor, "Leave that out");
  command->add_option("--parameters", options->parameters,
                      "Of the workload: ws=400 min=16 max=1024 seed=1");
  command->add_option("--pin", options->pin, "Run everything on these processors only");
  command->add_option("--out", options->out,
                      "Write every epoch to this file, as JSON; until that is written they are "
                      "appended to FILE.epochs");
  command->footer(
      "Each allocator is first tried for a second; one that fails then is not soaked. System calls "
      "are counted by strace (Debian package of this name); without it the rest is "
      "measured, but a check that was not made is not passed. Exit status: 0 if every bound is "
      "met, 1 if not, or undecided, or not counted, or a run failed, 2 for a wrong command line, "
      "128 + signal if interrupted; what was measured is kept.");
  command->callback([options, &status] { status = soak(*options); });
}

}  // namespace hakmem::cli
