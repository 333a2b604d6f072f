// report_command.cc: `hakmem report`: result files as one page that needs nothing else.
#include <fmt/format.h>

#include <memory>

#include "commands.h"
#include "launch/installation.h"
#include "measure/console.h"
#include "report/page.h"
#include "result/named_result.h"
#include "result/result_file.h"

namespace hakmem::cli {

namespace {

struct ReportOptions {
  std::vector<std::string> files;
  std::string output = "report.html";
};

void report(const ReportOptions& options) {
  require_writable(options.output);
  std::vector<NamedResult> results;
  for (const std::string& file : options.files) results.push_back({file, read_result(file)});
  const std::string page = report_page(results, find_shared_file("report"));
  write_whole(options.output, page);
  show(fmt::format("{}: {} result{}, {:.1f} MiB\n", options.output, results.size(),
                   results.size() == 1 ? "" : "s", static_cast<double>(page.size()) / (1 << 20)));
}

}  // namespace

void add_report_command(CLI::App& app) {
  const auto options = std::make_shared<ReportOptions>();
  CLI::App* const command = app.add_subcommand(
      "report",
      "Show result files as one page of charts and tables, which opens without a network: hakmem "
      "report RESULT.json... -o report.html");
  command->add_option("files", options->files, "Result files, as measuring commands write them")
      ->required()
      ->type_name("RESULT.json");
  command->add_option("-o,--output", options->output, "The page to write")
      ->type_name("FILE")
      ->capture_default_str();
  command->footer(
      "Exit status: 0, or 2 where a file is no whole result or nothing can be written; then "
      "what was there before is still there.");
  command->callback([options] { report(*options); });
}

}  // namespace hakmem::cli
