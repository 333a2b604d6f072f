// version_command.cc: `hakmem version`: the version this command was built with.
#include <fmt/format.h>

#include "commands.h"
#include "hakmem.h"
#include "measure/console.h"

namespace hakmem::cli {

void add_version_command(CLI::App& app) {
  CLI::App* const command = app.add_subcommand("version", "Print the version");
  command->callback([] {
    show(fmt::format("hakmem {}.{}.{}\n", HAKMEM_VERSION_MAJOR, HAKMEM_VERSION_MINOR,
                     HAKMEM_VERSION_PATCH));
  });
}

}  // namespace hakmem::cli
