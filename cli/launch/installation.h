// installation.h: where the parts of hakmem lie. A build tree and an installation have the same
// shape, <prefix>/bin, lib, libexec/hakmem and share/hakmem, so all is found from this program's
// own path and nothing has to be configured.
#pragma once

#include <filesystem>
#include <string>

namespace hakmem::cli {

// Returns libhakmem.so of this installation; throws if it is not there.
std::filesystem::path find_hakmem_library();

// Returns libhakmem-<flavour>.so of this installation, or an empty path if it is not there.
std::filesystem::path find_hakmem_flavour(const std::string& flavour);

// Returns the canonical path of a library that the user named; throws if it is not a shared object.
std::filesystem::path checked_library(const std::filesystem::path& path);

// Returns the program of the workload `name`; throws with the names of all if there is none.
std::filesystem::path find_workload(const std::string& name);

// Returns the program that a command of ours runs and that is no workload; `name` is its path below
// libexec/hakmem. Throws if it is not there.
std::filesystem::path find_helper(const std::string& name);

// Returns the file `name` of share/hakmem; throws if it is not there.
std::filesystem::path find_shared_file(const std::string& name);

}  // namespace hakmem::cli
