// executable.cc: finds and judges executables.
#include "launch/executable.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "launch/elf_file.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

namespace fs = std::filesystem;

bool is_executable_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

// Splits PATH; an empty entry means the present folder.
std::vector<fs::path> search_path() {
  const char* const text = std::getenv("PATH");
  std::istringstream entries(text != nullptr ? text : "/usr/bin:/bin");
  std::vector<fs::path> folders;
  for (std::string entry; std::getline(entries, entry, ':');) {
    folders.emplace_back(entry.empty() ? "." : entry);
  }
  return folders;
}

fs::path find_in(const std::vector<fs::path>& folders, const std::string& name) {
  bool found_something = false;
  for (const fs::path& folder : folders) {
    const fs::path candidate = folder / name;
    if (is_executable_file(candidate)) return fs::absolute(candidate);
    std::error_code error;
    found_something |= fs::exists(candidate, error);
  }
  if (found_something) throw UserError(name + ": not executable", exit_cannot_start);
  throw UserError(name + ": no such program in PATH", exit_not_found);
}

// Returns the interpreter that a script names in its first line; empty for other files.
fs::path interpreter_of(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line.rfind("#!", 0) != 0) return {};
  std::istringstream words(line.substr(2));
  std::string interpreter;
  words >> interpreter;
  return interpreter;
}

constexpr int max_interpreters = 4;  // the kernel's own limit

}  // namespace

fs::path find_executable(const std::string& name) {
  if (name.empty()) throw UserError("the program's name is empty", exit_not_found);
  if (name.find('/') == std::string::npos) return find_in(search_path(), name);
  std::error_code error;
  if (!fs::exists(name, error)) throw UserError(name + ": no such file", exit_not_found);
  if (!is_executable_file(name)) throw UserError(name + ": not executable", exit_cannot_start);
  return fs::absolute(name);
}

fs::path find_system_executable(const std::string& name) {
  for (const char* const folder : {"/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"}) {
    if (is_executable_file(fs::path(folder) / name)) return fs::path(folder) / name;
  }
  return find_executable(name);
}

void require_preloadable(const fs::path& executable) {
  fs::path file = executable;
  for (int i = 0; i < max_interpreters; ++i) {
    const fs::path interpreter = interpreter_of(file);
    if (interpreter.empty()) break;
    file = interpreter;
  }
  struct stat status = {};
  if (::stat(file.c_str(), &status) == 0) {
    const bool other_user = (status.st_mode & S_ISUID) != 0 && status.st_uid != ::getuid();
    const bool other_group = (status.st_mode & S_ISGID) != 0 && status.st_gid != ::getgid();
    if (other_user || other_group) {
      throw UserError(file.string() + ": runs with another user's rights (setuid or setgid): the " +
                          "dynamic linker preloads nothing into it",
                      exit_cannot_start);
    }
  }
  const std::optional<ElfFile> elf = read_elf_file(file);
  if (elf && !elf->has_interpreter) {
    throw UserError(file.string() + ": linked statically: LD_PRELOAD does not reach it",
                    exit_cannot_start);
  }
}

}  // namespace hakmem::cli
