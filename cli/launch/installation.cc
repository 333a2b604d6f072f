// installation.cc: finds the parts of hakmem relative to this program.
#include "launch/installation.h"

#include <algorithm>
#include <vector>

#include "launch/elf_file.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

namespace fs = std::filesystem;

fs::path prefix() { return fs::read_symlink("/proc/self/exe").parent_path().parent_path(); }

// Returns an empty path if there is no such library.
fs::path find_library(const std::string& name) {
  for (const char* const folder : {"lib", HAKMEM_INSTALL_LIBDIR}) {
    const fs::path candidate = prefix() / folder / name;
    std::error_code error;
    if (fs::exists(candidate, error)) return candidate;
  }
  return {};
}

}  // namespace

fs::path find_hakmem_library() {
  for (const char* const name : {"libhakmem.so", "libhakmem.so.0"}) {
    const fs::path library = find_library(name);
    if (!library.empty()) return checked_library(library);
  }
  throw UserError("no libhakmem.so in " + (prefix() / "lib").string() +
                  "; build it, or name one with --library or --allocator hakmem=path");
}

fs::path find_hakmem_flavour(const std::string& flavour) {
  const fs::path library = find_library("libhakmem-" + flavour + ".so");
  return library.empty() ? library : checked_library(library);
}

fs::path checked_library(const fs::path& path) {
  std::error_code error;
  const fs::path canonical = fs::canonical(path, error);
  if (error) throw UserError(path.string() + ": " + error.message());
  const std::optional<ElfFile> elf = read_elf_file(canonical);
  if (!elf || !elf->is_shared_object) {
    throw UserError(path.string() + ": not a shared library of this machine");
  }
  return canonical;
}

fs::path find_workload(const std::string& name) {
  const fs::path folder = prefix() / "libexec" / "hakmem";
  const fs::path candidate = folder / name;
  std::error_code error;
  if (!name.empty() && name.find('/') == std::string::npos &&
      fs::is_regular_file(candidate, error)) {
    return candidate;
  }
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_regular_file(error)) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  std::string list;
  for (const std::string& known : names) list += " " + known;
  throw UserError(name + ": no such workload; there are:" + (list.empty() ? " none" : list));
}

fs::path find_helper(const std::string& name) {
  const fs::path candidate = prefix() / "libexec" / "hakmem" / name;
  std::error_code error;
  if (fs::is_regular_file(candidate, error)) return candidate;
  throw UserError("no " + candidate.string() + ": this installation of hakmem is not whole");
}

fs::path find_shared_file(const std::string& name) {
  const fs::path candidate = prefix() / "share" / "hakmem" / name;
  std::error_code error;
  if (fs::exists(candidate, error)) return candidate;
  throw UserError("no " + candidate.filename().string() + " in " +
                  candidate.parent_path().string() + "; is this installation whole?");
}

}  // namespace hakmem::cli
