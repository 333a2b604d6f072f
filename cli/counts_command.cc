// counts_command.cc: `hakmem counts`: instructions and system calls, counted, not timed.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "counts/counts.h"
#include "counts/counts_json.h"
#include "counts/counts_table.h"
#include "measure/child.h"
#include "measure/console.h"
#include "measure/interrupt.h"
#include "measure/run_conditions.h"
#include "result/result_file.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

constexpr std::size_t usual_sizes[] = {16, 64, 256, 1024, 4096, 16384, 65536, 1048576};

struct CountsOptions {
  std::vector<std::string> allocators;
  std::vector<std::string> workloads;
  std::vector<std::size_t> sizes;
  unsigned batch = CountsPlan{}.batch;
  double timeout = CountsPlan{}.timeout_seconds;
  std::string out;
};

CountsPlan make_plan(const CountsOptions& options) {
  CountsPlan plan;
  std::vector<std::string> missing;
  plan.allocators = choose_allocators(options.allocators, missing);
  for (const std::string& name : missing) tell(fmt::format("not installed: {}\n", name));
  plan.sizes = options.sizes;
  for (const std::string& text : options.workloads) {
    plan.workloads.push_back(parse_counted_workload(text));
  }
  if (options.sizes.empty() && options.workloads.empty()) {
    plan.sizes.assign(std::begin(usual_sizes), std::end(usual_sizes));
    plan.workloads = counted_workloads();
  }
  plan.batch = options.batch;
  plan.timeout_seconds = options.timeout;
  return plan;
}

int count(const CountsOptions& options) {
  require_launcher();
  const CountsPlan plan = make_plan(options);
  if (!options.out.empty()) require_new(options.out);
  const InterruptGuard guard;
  tell_tuning();
  const Counts counts = count_all(plan);
  const int signal = interrupted();
  if (!options.out.empty()) write_result(options.out, counts_json(plan, counts, signal != 0));
  show(counts_table(plan, counts));
  if (signal != 0) return 128 + signal;
  return failures_in(counts) == 0 ? 0 : exit_failed_samples;
}

}  // namespace

void add_counts_command(CLI::App& app, const Program& program, int& status) {
  const auto options = std::make_shared<CountsOptions>();
  CLI::App* const command = app.add_subcommand(
      "counts",
      "Count instructions of malloc, free, calloc and realloc by size, and instructions and system "
      "calls per operation of single-thread workloads, for each allocator");
  command->add_option("--allocator", options->allocators,
                      "libc, hakmem, mimalloc, jemalloc, tcmalloc or name=path.so (default: all "
                      "that are installed)");
  command->add_option("--workload", options->workloads,
                      "A single-thread workload, name or name:argument,... (default: all; none if "
                      "--sizes is given)");
  command
      ->add_option("--sizes", options->sizes,
                   "Sizes of single calls, as 64,4k,1m (default: 16 bytes to 1 MiB; none if "
                   "--workload is given)")
      ->delimiter(',')
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 30));
  command
      ->add_option("--batch", options->batch,
                   "Blocks that are taken before they are freed, in single calls")
      ->capture_default_str()
      ->check(CLI::Range(1U, 1'000'000U));
  command->add_option("--timeout", options->timeout, "Seconds after which a run is killed")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 86400.0));
  command->add_option("--out", options->out, "Write all counts to this file, as JSON");
  command->footer(
      "Needs valgrind and strace (Debian packages of these names). Exit status: 0 all was counted, "
      "1 something failed and is marked FAILED, 2 wrong command line, 128 + signal if "
      "interrupted.");
  command->callback([options, &program, &status] {
    if (!program.empty()) throw UserError("counts: takes no program; it counts --workload NAME");
    status = count(*options);
  });
}

}  // namespace hakmem::cli
