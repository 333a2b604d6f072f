// health_command.cc: `hakmem health`: is this installation in order? PASS or FAIL, check by check.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "commands.h"
#include "health/health.h"
#include "health/health_report.h"
#include "launch/installation.h"
#include "measure/child.h"
#include "measure/console.h"
#include "measure/interrupt.h"
#include "measure/run_conditions.h"
#include "policy/profiles.h"
#include "result/result_file.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

struct HealthOptions {
  std::vector<std::string> flavours;
  std::vector<std::string> profiles;
  double timeout = HealthPlan{}.timeout_seconds;
  std::string out;
};

constexpr const char* standard_flavour = "standard";

// Returns the flavour that `text` means: `name=path.so`, or one that is installed.
Allocator parse_flavour(const std::string& text) {
  if (text.find('=') != std::string::npos) return parse_allocator(text);
  if (text == standard_flavour) return parse_allocator(text + "=" + find_hakmem_library().string());
  const std::filesystem::path library = find_hakmem_flavour(text);
  if (!library.empty()) return parse_allocator(text + "=" + library.string());
  throw UserError(
      fmt::format("--flavour {}: no libhakmem-{}.so beside this command; known: {}, {} "
                  "(built with HAKMEM_BUILD_FLAVOURS=ON), or name=path.so",
                  text, text, standard_flavour, observe_flavour));
}

std::vector<Allocator> chosen_flavours(const HealthOptions& options) {
  std::vector<Allocator> flavours;
  std::set<std::string> names;
  for (const std::string& text : options.flavours) {
    flavours.push_back(parse_flavour(text));
    const std::string& name = flavours.back().name;
    if (!names.insert(name).second) throw UserError("health: two flavours are called " + name);
  }
  if (!flavours.empty()) return flavours;
  flavours.push_back(parse_flavour(standard_flavour));
  if (find_hakmem_flavour(observe_flavour).empty()) {
    tell(fmt::format(
        "no libhakmem-{}.so beside this command (HAKMEM_BUILD_FLAVOURS=ON builds it): calls "
        "are not counted\n",
        observe_flavour));
  } else {
    flavours.push_back(parse_flavour(observe_flavour));
  }
  return flavours;
}

std::vector<std::string> known_profiles() {
  std::vector<std::string> names;
  for (unsigned i = 0; i < policy::profile_count; ++i) {
    names.emplace_back(policy::profile_names[i].name.view());
  }
  return names;
}

int check(const HealthOptions& options) {
  require_launcher();
  HealthPlan plan;
  plan.flavours = chosen_flavours(options);
  plan.profiles = options.profiles.empty() ? known_profiles() : options.profiles;
  plan.subjects = health_subjects();
  plan.timeout_seconds = options.timeout;
  if (!options.out.empty()) require_new(options.out);
  const InterruptGuard guard;
  tell_tuning();
  const std::vector<HealthCheck> checks =
      check_health(plan, [&plan](const HealthCheck& made) { show(check_line(plan, made)); });
  const int signal = interrupted();
  if (!options.out.empty()) write_result(options.out, health_json(plan, checks, signal != 0));
  show(health_summary(plan, checks));
  if (signal != 0) return 128 + signal;
  return all_passed(checks) ? 0 : exit_failed_samples;
}

}  // namespace
void add_health_command(CLI::App& app, const Program& program, int& status) {
  const auto options = std::make_shared<HealthOptions>();
  CLI::App* const command = app.add_subcommand(
      "health",
      "Check this installation: workloads and a real program under each profile and flavour, no "
      "corruption, counters that agree; PASS or FAIL, a line for each check");
  command->add_option("--flavour", options->flavours,
                      "standard, observe or name=path.so (default: those beside this command)");
  command->add_option("--profile", options->profiles, "balanced, speed or lean (default: all)")
      ->check(CLI::IsMember(known_profiles()));
  command->add_option("--timeout", options->timeout, "Seconds after which a run is killed")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 86400.0));
  command->add_option("--out", options->out, "Write all checks to this file, as JSON");
  command->footer(
      "Needs one of sqlite3, python3 and perl (Debian packages of these names). Exit status: 0 all "
      "passed, 1 a check failed, 2 wrong command line or nothing to run, 128 + signal if "
      "interrupted.");
  command->callback([options, &program, &status] {
    if (!program.empty()) throw UserError("health: takes no program; it chooses its own");
    status = check(*options);
  });
}

}  // namespace hakmem::cli
