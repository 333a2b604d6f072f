// main.cc: the `hakmem` command: which of its commands is meant, and how it ends.
#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "commands.h"
#include "measure/console.h"
#include "user_error.h"

namespace {

using hakmem::cli::Program;

// The parser itself would only say that a command is missing.
void require_known_command(const CLI::App& app, const std::string& word) {
  if (word.starts_with('-')) return;
  std::string names;
  for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->check_name(word)) return;
    names += " " + command->get_name();
  }
  throw hakmem::cli::UserError("no command '" + word + "'; there are:" + names);
}

int run_command_line(std::vector<std::string> words) {
  const auto separator = std::find(words.begin(), words.end(), "--");
  const bool has_separator = separator != words.end();
  const Program program(has_separator ? separator + 1 : separator, words.end());
  words.erase(separator, words.end());

  int status = 0;
  CLI::App app("hakmem: a memory allocator, and what it takes to use and judge it");
  app.name("hakmem");
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 if all went well; 1 if a run failed or a check is not met; 2 for a wrong "
      "command line, or a file that cannot be read or written; 70 if hakmem itself is at fault; "
      "126 "
      "if a program cannot be started, 127 if it is not found; 128 + signal if interrupted. run "
      "ends "
      "as its program does.");
  hakmem::cli::add_run_command(app, program);
  hakmem::cli::add_compare_command(app, program, status);
  hakmem::cli::add_ab_command(app, status);
  hakmem::cli::add_soak_command(app, status);
  hakmem::cli::add_counts_command(app, program, status);
  hakmem::cli::add_report_command(app);
  hakmem::cli::add_scorecard_command(app);
  hakmem::cli::add_health_command(app, program, status);
  hakmem::cli::add_options_command(app);
  hakmem::cli::add_version_command(app);
  if (!words.empty()) require_known_command(app, words.front());
  try {
    std::reverse(words.begin(), words.end());  // the order that CLI11 wants
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : hakmem::cli::exit_usage;
  }
  return hakmem::cli::status_of_shown(status);
}

void complain(const std::string& what) { hakmem::cli::tell("hakmem: " + what + "\n"); }

}  // namespace

int main(int argc, char** argv) {
  hakmem::cli::open_standard_descriptors();
  try {
    return run_command_line(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const hakmem::cli::UserError& error) {
    complain(error.what());
    return error.status();
  } catch (const std::exception& error) {
    complain(std::string("unexpected: ") + error.what());
    return hakmem::cli::exit_unexpected;
  }
}
