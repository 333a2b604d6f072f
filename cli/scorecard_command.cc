// scorecard_command.cc: `hakmem scorecard`: which targets the results reach.
#include <memory>

#include "commands.h"
#include "measure/console.h"
#include "result/named_result.h"
#include "result/result_file.h"
#include "scorecard/markdown.h"
#include "scorecard/targets.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

struct ScorecardOptions {
  std::vector<std::string> files;
  std::string output;
  std::string own = "hakmem";
  NamedPeers peers;
};

void scorecard(const ScorecardOptions& options) {
  if (!options.output.empty()) require_writable(options.output);
  std::vector<NamedResult> results;
  for (const std::string& file : options.files) results.push_back({file, read_result(file)});
  std::string page;
  try {
    const Evidence evidence = collect_evidence(results, options.own);
    page = scorecard_page(judge_targets(evidence, options.peers), results);
  } catch (const nlohmann::json::exception& error) {
    throw UserError(std::string("a result is not as docs/results.md says: ") + error.what());
  }
  if (options.output.empty()) {
    show(page);
  } else {
    write_whole(options.output, page);
  }
}

}  // namespace

void add_scorecard_command(CLI::App& app) {
  const auto options = std::make_shared<ScorecardOptions>();
  CLI::App* const command = app.add_subcommand(
      "scorecard",
      "Say which targets result files reach, as Markdown: hakmem scorecard RESULT.json... -o "
      "docs/scorecard.md");
  command->add_option("files", options->files, "Result files of compare, soak and counts")
      ->required()
      ->type_name("RESULT.json");
  command->add_option("-o,--output", options->output, "The page to write (default: print it)")
      ->type_name("FILE");
  command
      ->add_option("--own", options->own,
                   "The allocator that is judged, where a result does not say")
      ->type_name("NAME")
      ->capture_default_str();
  command
      ->add_option("--mimalloc", options->peers.mimalloc,
                   "The allocator that memory and throughput are related to")
      ->type_name("NAME")
      ->capture_default_str();
  command
      ->add_option("--lean", options->peers.lean,
                   "The allocators of which the leanest is the bar for memory")
      ->type_name("NAME,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str();
  command->footer(
      "Exit status: 0 whatever the targets say, or 2 where a file is no whole result "
      "or nothing can be written.");
  command->callback([options] { scorecard(*options); });
}

}  // namespace hakmem::cli
