// relink.cc: runs the linker's command of a build tree again.
#include "ab/relink.h"

#include <fmt/format.h>

#include <sstream>
#include <string>

#include "launch/executable.h"
#include "measure/child.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

namespace fs = std::filesystem;

// Returns the folder above `library` that Ninja builds in.
fs::path build_tree_of(const fs::path& library) {
  for (fs::path folder = library.parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (fs::exists(folder / "build.ninja")) return folder;
  }
  throw UserError("--relink: " + library.string() + " does not lie in a build tree of Ninja");
}

// Returns what the command prints; throws if it fails.
std::string output_of(const std::vector<std::string>& command) {
  constexpr double timeout_seconds = 300;
  Child child({command, {}, {}, true});
  if (!child.wait(timeout_seconds)) throw UserError("--relink: " + command.front() + " hangs");
  if (child.ending().wait_status != 0) {
    throw UserError("--relink: " + child.last_error_line() + child.output());
  }
  return child.output();
}

std::string require_program(const std::string& name, const std::string& package) {
  try {
    return find_system_executable(name).string();
  } catch (const UserError&) {
    throw UserError("--relink needs " + name + " (Debian package " + package + ")");
  }
}

// Returns the last command that Ninja would run to make `target`.
std::string link_command(const fs::path& tree, const std::string& target) {
  const std::string ninja = require_program("ninja", "ninja-build");
  std::istringstream commands(output_of({ninja, "-C", tree.string(), "-t", "commands", target}));
  std::string last;
  for (std::string line; std::getline(commands, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace

fs::path relink(const fs::path& library, unsigned seed, const fs::path& folder) {
  require_program("ld.lld", "lld");
  const fs::path tree = build_tree_of(library);
  const std::string target = fs::relative(library, tree).string();
  const fs::path linked = folder / fmt::format("{}-{}.so", library.stem().stem().string(), seed);
  std::string command = link_command(tree, target);
  const std::string output = " -o " + target + " ";
  const std::size_t at = command.find(output);
  if (at == std::string::npos) {
    throw UserError("--relink: the build tree does not say how " + target + " is linked");
  }
  command.replace(at, output.size(),
                  fmt::format(" -fuse-ld=lld '-Wl,--shuffle-sections=.text*={}' -o '{}' ", seed,
                              linked.string()));
  output_of({"/bin/sh", "-c", "cd \"$0\" && " + command, tree.string()});
  return linked;
}

}  // namespace hakmem::cli
