// commands.h: the commands of `hakmem`. Each add_ function declares one command's options on the
// command line parser and says what happens when it was given.
//
// CLI11 parses everything before the first "--"; what follows is a program and its arguments and
// is handed over untouched, so a program's own options never meet ours.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace hakmem::cli {

using Program = std::vector<std::string>;

void add_run_command(CLI::App& app, const Program& program);
void add_compare_command(CLI::App& app, const Program& program, int& status);
void add_ab_command(CLI::App& app, int& status);
void add_soak_command(CLI::App& app, int& status);
void add_counts_command(CLI::App& app, const Program& program, int& status);
void add_report_command(CLI::App& app);
void add_scorecard_command(CLI::App& app);
void add_health_command(CLI::App& app, const Program& program, int& status);
void add_options_command(CLI::App& app);
void add_version_command(CLI::App& app);

}  // namespace hakmem::cli
