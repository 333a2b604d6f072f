// executable.h: which file will run, and whether LD_PRELOAD reaches it.
#pragma once

#include <filesystem>
#include <string>

namespace hakmem::cli {

// Returns the file that `name` means: a path if it holds a slash, else found in PATH. Throws, with
// the shell's exit statuses, if there is none or it cannot be executed.
std::filesystem::path find_executable(const std::string& name);

// As find_executable, but looks where the system installs programs before it looks in PATH:
// what a PATH entry of a home directory offers is often a shim that starts something else.
std::filesystem::path find_system_executable(const std::string& name);

// Throws if the dynamic linker would not preload anything into the program: it is linked
// statically or runs with another user's rights. Scripts are judged by their interpreter.
void require_preloadable(const std::filesystem::path& executable);

}  // namespace hakmem::cli
