// compare_command.cc: `hakmem compare`: workloads and programs under several allocators, as ratios.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "commands.h"
#include "compare/probe.h"
#include "compare/result_json.h"
#include "compare/rows.h"
#include "compare/suites.h"
#include "compare/summary.h"
#include "compare/table.h"
#include "measure/affinity.h"
#include "measure/child.h"
#include "measure/console.h"
#include "measure/interrupt.h"
#include "measure/interval_text.h"
#include "measure/progress.h"
#include "measure/run_conditions.h"
#include "result/result_file.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

namespace fs = std::filesystem;

struct CompareOptions {
  std::vector<std::string> workloads;
  std::vector<std::string> suites;
  std::vector<std::string> programs;
  std::vector<std::string> allocators;
  std::string server;
  std::string load;
  std::string release;
  std::string metric;
  bool more_is_better = false;
  bool same_output = false;
  bool tree = false;
  std::string base;
  std::string own;
  std::optional<int> rounds;
  std::optional<int> most_rounds;
  std::optional<double> seconds;
  std::optional<double> budget;
  double timeout = 0;
  std::string pin;
  fs::path out;
  bool resume = false;
};

void add_subject(Plan& plan, Subject subject) {
  for (const Row& row : plan.rows) {
    if (row.subject.name == subject.name) {
      throw UserError("compare: two rows are called " + subject.name);
    }
  }
  plan.rows.push_back({std::move(subject), 0});
}

// With what the user asks of every program.
Subject given_program(const CompareOptions& options, Subject subject) {
  subject.same_output = options.same_output;
  subject.whole_tree = options.tree;
  if (!options.metric.empty()) {
    subject.metric = parse_metric(options.metric, options.more_is_better);
  }
  return subject;
}

void require_sense(const CompareOptions& options, const Program& program) {
  const bool has_program = !program.empty() || !options.server.empty() || !options.programs.empty();
  if (!program.empty() && !options.server.empty()) {
    throw UserError("compare: either --server or -- program, not both");
  }
  if (options.server.empty() != options.load.empty()) {
    throw UserError("compare: --server and --load belong together");
  }
  if (!options.release.empty() && options.server.empty()) {
    throw UserError("compare: --release belongs to --server");
  }
  if (options.same_output && program.empty() && options.programs.empty()) {
    throw UserError("compare: --same-output is for --program or -- program arguments");
  }
  if ((!options.metric.empty() || options.tree) && !has_program) {
    throw UserError(
        "compare: --metric and --tree are for --server, --program or -- program arguments");
  }
  if (options.more_is_better && options.metric.empty()) {
    throw UserError("compare: --more-is-better belongs to --metric");
  }
  if (options.resume && options.out.empty()) {
    throw UserError("compare: --resume continues what lies in --out; name that folder");
  }
}

// Adds the rows of the suites, those that two share once. Several suites together have the time of
// all, and the most rounds and the longest samples that one of them wants.
void add_suites(const CompareOptions& options, Plan& plan, int& after_rounds) {
  if (options.suites.empty()) return;
  plan.rounds = plan.most_rounds = 0;
  plan.sample_seconds = plan.budget_seconds = 0;
  plan.budget_ends_rounds = true;
  after_rounds = 0;
  for (const std::string& name : options.suites) {
    Suite suite = find_suite(name);
    for (Subject& subject : suite.subjects) {
      const bool is_shared =
          std::any_of(plan.rows.begin(), plan.rows.end(),
                      [&subject](const Row& row) { return row.subject == subject; });
      if (!is_shared) add_subject(plan, std::move(subject));
    }
    plan.rounds = std::max(plan.rounds, suite.rounds);
    plan.most_rounds = std::max(plan.most_rounds, suite.most_rounds);
    plan.sample_seconds = std::max(plan.sample_seconds, suite.sample_seconds);
    plan.budget_seconds += suite.budget_seconds;
    after_rounds = std::max(after_rounds, suite.after_rounds);
  }
}

// Fills in the rows, and how often each is measured.
void add_rows(const CompareOptions& options, const Program& program, Plan& plan) {
  plan.rounds = usual_rounds;
  plan.most_rounds = usual_most_rounds;
  plan.sample_seconds = usual_sample_seconds;
  plan.budget_seconds = usual_budget_seconds;
  plan.budget_ends_rounds = false;  // whoever names a row wants its rounds, however long they take
  int after_rounds = usual_after_rounds;
  add_suites(options, plan, after_rounds);
  for (const std::string& text : options.workloads) {
    add_subject(plan, parse_row_or_problem(text));
  }
  for (const std::string& words : options.programs) {
    add_subject(plan, given_program(options, typed_program(words)));
  }
  if (!options.server.empty()) {
    add_subject(plan, given_program(options,
                                    server_subject(options.server, options.load, options.release)));
  }
  if (!program.empty()) add_subject(plan, given_program(options, program_subject(program)));
  if (plan.rows.empty()) {
    throw UserError(
        "compare: nothing to run; give --workload, --suite, --program, --server or -- program "
        "arguments");
  }
  if (options.rounds) {
    plan.rounds = *options.rounds;
    plan.most_rounds = *options.rounds;
  }
  if (options.most_rounds && !options.rounds) {
    plan.rounds = std::min(plan.rounds, *options.most_rounds);
  }
  plan.most_rounds = std::max(plan.rounds, options.most_rounds.value_or(plan.most_rounds));
  plan.sample_seconds = options.seconds.value_or(plan.sample_seconds);
  // The warm-up is one of them.
  plan.after_every = std::max(1, plan.rounds / (after_rounds - 1));
}

// Takes the user's budget, or else that of the suites as more allocators need it.
void set_budget(const CompareOptions& options, Plan& plan) {
  if (options.budget) {
    plan.budget_seconds = *options.budget;
    plan.budget_ends_rounds = true;
  } else if (plan.budget_ends_rounds && plan.allocators.size() > allocators_in_budget) {
    plan.budget_seconds *= static_cast<double>(plan.allocators.size()) / allocators_in_budget;
  }
}

std::vector<Allocator> chosen_allocators(const CompareOptions& options) {
  std::vector<std::string> missing;
  std::vector<Allocator> allocators =
      choose_allocators(options.allocators, missing, parse_allocator_or_problem);
  for (const std::string& name : missing) tell(fmt::format("not installed: {}\n", name));
  for (const Allocator& allocator : allocators) {
    // The floor's samples stand beside the allocators' under that name.
    if (allocator.name == "floor") throw UserError("compare: no allocator may be called floor");
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

// The allocator that the user is after: hakmem, or else the first that was named by its path.
std::optional<std::size_t> chosen_own(const CompareOptions& options,
                                      const std::vector<Allocator>& allocators) {
  const auto own = chosen_place("--own", options.own, {"hakmem"}, allocators);
  if (own) return own;
  const auto named =
      std::find_if(options.allocators.begin(), options.allocators.end(),
                   [](const std::string& text) { return text.find('=') != std::string::npos; });
  if (named == options.allocators.end()) return std::nullopt;
  return static_cast<std::size_t>(named - options.allocators.begin());
}

Plan make_plan(const CompareOptions& options, const Program& program) {
  require_sense(options, program);
  Plan plan;
  add_rows(options, program, plan);
  plan.allocators = chosen_allocators(options);
  set_budget(options, plan);
  plan.base =
      chosen_place("--base", options.base, {"mimalloc", "libc"}, plan.allocators).value_or(0);
  plan.own = chosen_own(options, plan.allocators);
  if (options.most_rounds && *options.most_rounds > plan.rounds && plan.allocators.size() < 2) {
    throw UserError("compare: --most-rounds: nothing to decide; name a second --allocator");
  }
  plan.timeout_seconds = options.timeout;
  plan.after = true;
  plan.with_floor = true;
  if (!options.pin.empty()) pin_to(options.pin);
  return plan;
}

std::string number_of(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// What is ahead, as far as it is known before anything ran: samples are to last
// plan.sample_seconds.
void print_estimate(const Plan& plan, const Measured& measured) {
  const auto left = std::count(measured.complete.begin(), measured.complete.end(), false);
  std::string text =
      fmt::format("{} under {}, {}: about {}", number_of(static_cast<std::size_t>(left), "row"),
                  number_of(plan.allocators.size(), "allocator"),
                  number_of(static_cast<std::size_t>(plan.rounds), "round"),
                  duration_text(expected_seconds(plan, measured)));
  if (plan.allocators.size() > 1 && plan.most_rounds > plan.rounds) {
    text += fmt::format("; up to {} rounds where undecided", plan.most_rounds);
  }
  if (plan.budget_seconds > 0) {
    text += fmt::format("; {} {}", plan.budget_ends_rounds ? "within" : "none of those after",
                        duration_text(plan.budget_seconds));
  }
  tell(text + "\n");
}

// The same, now that each subject ran once.
void print_better_estimate(const Plan& plan, const Measured& measured, double deadline) {
  const double seconds = expected_seconds(plan, measured);
  std::string text = fmt::format("by that trial about {}", duration_text(seconds));
  if (plan.budget_ends_rounds && deadline > 0 && now_seconds() + seconds > deadline) {
    text += fmt::format(
        ": more than the budget of {} leaves, the last rows will not be reached; give more by "
        "--budget, or go on later with --out and --resume",
        duration_text(plan.budget_seconds));
  }
  tell(text + "\n");
}

// Refuses to put a comparison in the place of another, before an hour of measuring, not after.
void require_free(const fs::path& folder, bool resume) {
  const fs::path file = folder / "result.json";
  std::error_code error;
  fs::create_directories(folder, error);
  if (resume) return require_writable(file);
  require_new(file, "continue it with --resume, or name another --out");
}

// Writes what there is, again and again.
class Results {
 public:
  Results(const Plan& plan, fs::path folder)
      : plan_(plan), folder_(std::move(folder)), summary_(plan) {}

  void write(const Measured& measured) {
    if (folder_.empty() || measured.samples.empty()) return;
    write_result(folder_ / "result.json",
                 result_json(plan_, measured, summary_.update(measured.samples)));
    write_whole(folder_ / "samples.csv", samples_csv(plan_, measured.samples));
  }

  // Writes first: what is printed may be lost with the terminal or the pipe. A table is better than
  // nothing where the disk is full.
  void write_and_print(const Measured& measured) {
    const std::string table = result_table(plan_, summary_.update(measured.samples));
    try {
      write(measured);
    } catch (const UserError&) {
      show(table);
      throw;
    }
    show(table);
    if (!folder_.empty() && !measured.samples.empty()) {
      show(fmt::format("All samples: {}\n", (folder_ / "result.json").string()));
    }
  }

  [[nodiscard]] std::size_t failures(const Measured& measured) {
    return summary_.update(measured.samples).failures;
  }

 private:
  const Plan& plan_;
  fs::path folder_;
  GrowingSummary summary_;
};

// Tries the rows of which nothing is known. A trial that did not end in time is a failed run.
void try_rows(Plan& plan, double deadline, Measured& measured) {
  std::vector<bool> known = measured.complete;
  for (const Sample& sample : measured.samples) known[sample.subject] = true;
  const std::vector<Sample> hung = probe_rows(plan, known, deadline);
  measured.samples.insert(measured.samples.end(), hung.begin(), hung.end());
}

int compare(const CompareOptions& options, const Program& program) {
  require_launcher();
  Plan plan = make_plan(options, program);
  Measured measured;
  if (!options.out.empty()) {
    if (options.resume) measured = resume(plan, read_result(options.out / "result.json"));
    require_free(options.out, options.resume);
  }
  measured.complete.resize(plan.rows.size(), false);
  const InterruptGuard guard;
  tell_tuning();
  print_estimate(plan, measured);
  const double deadline = plan.budget_seconds > 0 ? now_seconds() + plan.budget_seconds : 0;
  Results results(plan, options.out);
  try_rows(plan, deadline, measured);
  if (interrupted() == 0) {
    print_better_estimate(plan, measured, deadline);
    measured = measure_rows(plan, std::move(measured), deadline,
                            [&results](const Measured& so_far) { results.write(so_far); });
  } else {
    tell("interrupted while trying each once: no row was measured\n");
  }
  results.write_and_print(measured);
  if (const int signal = interrupted(); signal != 0) return 128 + signal;
  return results.failures(measured) == 0 ? 0 : exit_failed_samples;
}

void add_subject_options(CLI::App& command, CompareOptions& options) {
  constexpr const char* what = "What to run";
  command
      .add_option(
          "--workload", options.workloads,
          "A workload of this project, name or name:argument,argument,..., or a program of the "
          "apps suite")
      ->group(what);
  command.add_option("--suite", options.suites, "A set of rows: " + suite_names())->group(what);
  command
      .add_option("--program", options.programs,
                  "Any program with its arguments, in quotes; more than one may be given")
      ->group(what);
  command
      .add_option("--server", options.server,
                  "A server, run under each allocator until it listens; {dir} in it, --load and "
                  "--release is a folder fresh for each run")
      ->group(what);
  command
      .add_option("--load", options.load, "The shell command that loads the server: it is timed")
      ->group(what);
  command
      .add_option("--release", options.release,
                  "A shell command that makes the server give up what it holds, before its memory "
                  "is taken a second time")
      ->group(what);
  command.add_flag("--same-output", options.same_output, "Every run has to print the same")
      ->group(what);
  command
      .add_option("--metric", options.metric,
                  "Compare the last number that the program or the load prints and that this "
                  "regular expression, or its first group, matches, instead of time")
      ->group(what);
  command.add_flag("--more-is-better", options.more_is_better, "Of the --metric")->group(what);
  command
      .add_flag("--tree", options.tree,
                "Memory is that of the program and of all that it starts, shared pages once")
      ->group(what);
}

void add_allocator_options(CLI::App& command, CompareOptions& options) {
  constexpr const char* what = "Allocators";
  command
      .add_option("--allocator", options.allocators,
                  "libc, hakmem, mimalloc, jemalloc, tcmalloc or name=path.so (default: all that "
                  "are installed)")
      ->group(what);
  command
      .add_option("--base", options.base,
                  "The allocator that ratios relate to (default: mimalloc, else libc)")
      ->group(what);
  command
      .add_option(
          "--own", options.own,
          "The allocator that is held against the best of the others (default: hakmem, else the "
          "first name=path.so)")
      ->group(what);
}

void add_round_options(CLI::App& command, CompareOptions& options) {
  constexpr const char* what = "How often and how long";
  command
      .add_option("--rounds", options.rounds,
                  "Counted rounds of each row, after one to warm up (default: 12, and more "
                  "while the row is undecided)")
      ->check(CLI::Range(1, 1000))
      ->group(what);
  command
      .add_option("--most-rounds", options.most_rounds,
                  fmt::format("Rounds up to which rows go on while they are undecided: while the "
                              "ratio to the best other (without an own allocator: any ratio to the "
                              "base) is uncertain by more than {}, or of fewer than {} rounds "
                              "(default: 63, or --rounds if that is given)",
                              limits_text(), fewest_rounds_to_resolve))
      ->check(CLI::Range(1, 1000))
      ->group(what);
  command
      .add_option("--seconds", options.seconds,
                  "Scale workloads so that a sample lasts at least about so long under the fastest "
                  "allocator, and at most three times as long under the slowest; 0: as they are "
                  "(default: 0.7, suites have their own)")
      ->check(CLI::Range(0.0, 3600.0))
      ->group(what);
  command
      .add_option("--timeout", options.timeout,
                  "Seconds after which a run is killed (default: 20 times what it should take, at "
                  "least 10)")
      ->check(CLI::Range(0.01, 86400.0))
      ->group(what);
  command
      .add_option("--budget", options.budget,
                  "Seconds that the rows share: those that are not reached by then are not "
                  "complete and can be had by --resume; 0: no limit (default: suites have their "
                  "own; other rows have --rounds, and 600 s for what goes beyond)")
      ->check(CLI::Range(0.0, 86400.0))
      ->group(what);
  command
      .add_option("--pin", options.pin, "Run everything on these processors only, such as 0,2-3")
      ->group(what);
}

}  // namespace

void add_compare_command(CLI::App& app, const Program& program, int& status) {
  const auto options = std::make_shared<CompareOptions>();
  CLI::App* const command = app.add_subcommand(
      "compare",
      "Measure workloads and programs under several allocators, interleaved: hakmem compare "
      "--workload random_mixed:ws=8192, or hakmem compare -- program arguments");
  add_subject_options(*command, *options);
  add_allocator_options(*command, *options);
  add_round_options(*command, *options);
  constexpr const char* results = "Results";
  command
      ->add_option("--out", options->out,
                   "Write result.json and samples.csv into this folder, after each row")
      ->group(results);
  command
      ->add_flag(
          "--resume", options->resume,
          "Keep what lies in --out and go on with what is missing or undecided, within a new "
          "budget; refused unless machine, settings, environment, libraries and rows are "
          "the same")
      ->group(results);
  command->footer(
      "Exit status: 0 if every run ended as it should, 1 if one did not (it is shown as FAILED; so "
      "is what is missing or could not be started: a program that is not installed, a path that is "
      "wrong, a static or setuid program), "
      "2 for a wrong command line, 128 + signal if interrupted; what was measured is kept.");
  command->callback([options, &program, &status] { status = compare(*options, program); });
}

}  // namespace hakmem::cli
