// options_command.cc: `hakmem options`: every option with its range, its default and the value that
// this environment gives it. The table is the library's own.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "commands.h"
#include "measure/console.h"
#include "policy/options.h"

namespace hakmem::cli {

namespace {

std::string value_text(const policy::Option& option, const policy::RouteSnapshot& snapshot) {
  Printer printer;
  policy::print_value(printer, option, policy::option_value(snapshot, option.id));
  return printer.text();
}

std::string range_text(const policy::Option& option) {
  Printer printer;
  policy::print_range(printer, option);
  return printer.text();
}

void print_options() {
  const policy::RouteSnapshot standard;
  const policy::RouteSnapshot here = policy::snapshot_of_environment();
  std::string page =
      fmt::format("{:<24} {:<22} {:<10} {}\n", "variable", "range", "default", "here");
  for (const policy::Option& option : policy::options) {
    page +=
        fmt::format("{:<24} {:<22} {:<10} {}\n    {}\n", option.variable.view(), range_text(option),
                    value_text(option, standard), value_text(option, here), option.help.view());
  }
  page += "\nProfiles (HAKMEM_PROFILE), which set all of these at once:\n";
  for (const policy::ProfileName& name : policy::profile_names) {
    if (!name.available) continue;
    const auto number = static_cast<std::size_t>(name.profile);
    page += fmt::format("{:<26} {}\n", name.name.view(), policy::profile_trades[number].view());
  }
  show(page);
}

}  // namespace

void add_options_command(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "options", "Print the options of the library, their ranges, defaults and present values");
  command->callback(print_options);
}

}  // namespace hakmem::cli
