// run_command.cc: `hakmem run`: becomes the given program, with hakmem preloaded.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#include "commands.h"
#include "launch/executable.h"
#include "launch/installation.h"
#include "launch/preload.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

struct RunOptions {
  std::string profile;
  std::string library;
  bool statistics = false;
};

[[noreturn]] void run_program(const RunOptions& options, const Program& program) {
  if (program.empty()) {
    throw UserError("run: no program; write it after --: hakmem run -- program arguments");
  }
  const std::filesystem::path library =
      options.library.empty() ? find_hakmem_library() : checked_library(options.library);
  const std::filesystem::path executable = find_executable(program.front());
  require_preloadable(executable);

  const char* const earlier = std::getenv("LD_PRELOAD");
  const std::string preload = preload_value(library, earlier != nullptr ? earlier : "");
  ::setenv("LD_PRELOAD", preload.c_str(), 1);
  if (!options.profile.empty()) ::setenv("HAKMEM_PROFILE", options.profile.c_str(), 1);
  if (options.statistics) ::setenv("HAKMEM_STATS", "1", 1);

  std::vector<char*> arguments;
  for (const std::string& word : program) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(executable.c_str(), arguments.data());
  throw UserError("run: cannot start " + executable.string() + ": " + std::strerror(errno),
                  exit_cannot_start);
}

}  // namespace

void add_run_command(CLI::App& app, const Program& program) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App* const command =
      app.add_subcommand("run", "Run a program with hakmem: hakmem run -- program arguments");
  command->add_option("--profile", options->profile, "What to trade: balanced, speed or lean");
  command->add_flag("--stats", options->statistics, "Print statistics when the program ends");
  command->add_option("--library", options->library, "Preload this library instead of our own");
  command->footer(
      "Exit status: the program's own; 2 for a wrong command line, 126 if the program cannot be "
      "started or preloaded, 127 if it is not found.");
  command->callback([options, &program] { run_program(*options, program); });
}

}  // namespace hakmem::cli
