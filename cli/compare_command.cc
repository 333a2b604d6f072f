// compare_command.cc: `hakmem compare`: workloads and programs under several allocators, as ratios.
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "commands.h"
#include "compare/calibration.h"
#include "compare/presets.h"
#include "compare/result_json.h"
#include "compare/rounds.h"
#include "compare/summary.h"
#include "compare/table.h"
#include "measure/interrupt.h"
#include "result/result_file.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

struct CompareOptions {
  std::vector<std::string> workloads;
  std::vector<std::string> allocators;
  std::string preset;
  std::string base;
  std::string json;
  std::string own;
  int rounds = 7;
  int most_rounds = 0;
  double timeout = 120;
  double budget = 0;
  double seconds = 0;
};

std::vector<Subject> chosen_subjects(const CompareOptions& options, const Program& program) {
  std::vector<Subject> subjects;
  for (const std::string& text : options.workloads) subjects.push_back(parse_workload(text));
  if (!options.preset.empty()) {
    for (Subject& subject : preset_subjects(options.preset)) subjects.push_back(std::move(subject));
  }
  if (!program.empty()) subjects.push_back(program_subject(program));
  if (subjects.empty()) {
    throw UserError("compare: nothing to run; give --workload, --preset or -- program arguments");
  }
  return subjects;
}

std::vector<Allocator> chosen_allocators(const CompareOptions& options) {
  std::vector<Allocator> allocators;
  if (options.allocators.empty()) {
    std::vector<std::string> missing;
    allocators = find_allocators(missing);
    for (const std::string& name : missing) fmt::print(stderr, "not installed: {}\n", name);
  }
  for (const std::string& text : options.allocators) allocators.push_back(parse_allocator(text));
  std::set<std::string> names;
  for (const Allocator& allocator : allocators) {
    if (!names.insert(allocator.name).second) {
      throw UserError("compare: two allocators are called " + allocator.name);
    }
  }
  return allocators;
}

// Returns the place of the allocator that `option` calls `name`, or without a name of the first of
// `usual` that is compared.
std::optional<std::size_t> chosen_place(const char* option, const std::string& name,
                                        std::initializer_list<const char*> usual,
                                        const std::vector<Allocator>& allocators) {
  const auto place_of = [&allocators](const std::string& wanted) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < allocators.size(); ++i) {
      if (allocators[i].name == wanted) return i;
    }
    return std::nullopt;
  };
  if (!name.empty()) {
    const auto place = place_of(name);
    if (!place) throw UserError(fmt::format("compare: {} {}: not compared", option, name));
    return place;
  }
  for (const char* const candidate : usual) {
    if (const auto place = place_of(candidate)) return place;
  }
  return std::nullopt;
}

int compare(const CompareOptions& options, const Program& program) {
  Plan plan;
  plan.subjects = chosen_subjects(options, program);
  plan.allocators = chosen_allocators(options);
  plan.base =
      chosen_place("--base", options.base, {"mimalloc", "libc"}, plan.allocators).value_or(0);
  plan.own = chosen_place("--own", options.own, {"hakmem"}, plan.allocators);
  if (options.most_rounds > options.rounds && (!plan.own || plan.allocators.size() < 2)) {
    throw UserError(
        "compare: --most-rounds: nothing to decide; compare hakmem, or --own, with others");
  }
  plan.rounds = options.rounds;
  plan.most_rounds = options.most_rounds;
  plan.timeout_seconds = options.timeout;
  plan.budget_seconds = options.budget;
  if (!options.json.empty()) require_writable(options.json);
  if (options.seconds > 0) calibrate(plan, options.seconds);

  std::vector<Sample> samples = run_rounds(plan);
  judge_outputs(plan, samples);
  const Summary summary = summarise(plan, samples);
  fmt::print("{}", result_table(plan, summary));
  if (!options.json.empty()) write_result(options.json, result_json(plan, samples, summary));
  if (const int signal = interrupted(); signal != 0) return 128 + signal;
  return summary.failures == 0 ? 0 : exit_failed_samples;
}

}  // namespace

void add_compare_command(CLI::App& app, const Program& program, int& status) {
  const auto options = std::make_shared<CompareOptions>();
  CLI::App* const command = app.add_subcommand(
      "compare",
      "Measure workloads and programs under several allocators, interleaved: hakmem compare "
      "--workload random_mixed:ws=8192, or hakmem compare -- program arguments");
  command->add_option("--workload", options->workloads,
                      "A workload of this project, name or name:argument,argument,...");
  command->add_option("--preset", options->preset, "A set of programs: quickstart");
  command->add_option("--allocator", options->allocators,
                      "libc, hakmem, mimalloc, jemalloc, tcmalloc or name=path.so (default: all "
                      "that are installed)");
  command->add_option("--base", options->base,
                      "The allocator that ratios relate to (default: mimalloc, else libc)");
  command->add_option(
      "--own", options->own,
      "The allocator that is held against the best of the others (default: hakmem)");
  command->add_option("--rounds", options->rounds, "Counted rounds, after one to warm up")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--most-rounds", options->most_rounds,
                   "Rounds up to which rows go on while they are undecided: while the ratio to the "
                   "best other is known to no better than 1.5 % (3 % with more threads than cores)")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--seconds", options->seconds,
                   "Scale workloads so that a sample lasts about so long")
      ->check(CLI::Range(0.01, 3600.0));
  command->add_option("--timeout", options->timeout, "Seconds after which a run is killed")
      ->check(CLI::Range(0.01, 86400.0));
  command
      ->add_option("--budget", options->budget, "Seconds after which no further round is started")
      ->check(CLI::Range(0.0, 86400.0));
  command->add_option("--json", options->json, "Write all samples and figures to this file");
  command->callback([options, &program, &status] { status = compare(*options, program); });
}

}  // namespace hakmem::cli
