// process_map.cc: reads /proc.
#include "measure/process_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace hakmem::cli {

namespace {

namespace fs = std::filesystem;

// Returns a field of a file of lines "name: number kB" in bytes, 0 without one.
std::uint64_t field_of(const std::string& path, const std::string& field) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(field + ":", 0) != 0) continue;
    std::uint64_t kib = 0;
    std::istringstream(line.substr(field.size() + 1)) >> kib;
    return kib * 1024;
  }
  return 0;
}

// Returns the sockets that wait for connections in the process's network namespace, as the links of
// /proc/<pid>/fd name them: proc(5), /proc/net/tcp and /proc/net/unix.
std::set<std::string> listening_sockets(pid_t pid) {
  struct Table {
    const char* name;
    std::size_t state_column;
    const char* listening;
    std::size_t inode_column;
  };
  constexpr Table tables[] = {
      {"tcp", 3, "0A", 9}, {"tcp6", 3, "0A", 9}, {"unix", 3, "00010000", 6}};
  std::set<std::string> sockets;
  for (const Table& table : tables) {
    std::ifstream file(fmt::format("/proc/{}/net/{}", pid, table.name));
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      const std::vector<std::string> columns{std::istream_iterator<std::string>(words), {}};
      if (columns.size() <= table.inode_column) continue;
      if (columns[table.state_column] == table.listening) {
        sockets.insert("socket:[" + columns[table.inode_column] + "]");
      }
    }
  }
  return sockets;
}

}  // namespace

std::vector<std::string> mapped_files(pid_t pid) {
  std::ifstream maps(fmt::format("/proc/{}/maps", pid));
  std::vector<std::string> files;
  for (std::string line; std::getline(maps, line);) {
    const std::size_t slash = line.find('/');
    if (slash == std::string::npos) continue;
    std::string file = line.substr(slash);
    if (files.empty() || files.back() != file) files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

std::vector<pid_t> descendants_of(pid_t pid) {
  std::vector<pid_t> found;
  std::error_code error;
  for (const fs::directory_entry& task :
       fs::directory_iterator(fmt::format("/proc/{}/task", pid), error)) {
    std::ifstream children(task.path() / "children");
    for (pid_t child = 0; children >> child;) {
      found.push_back(child);
      const std::vector<pid_t> further = descendants_of(child);
      found.insert(found.end(), further.begin(), further.end());
    }
  }
  return found;
}

std::string executable_of(pid_t pid) {
  std::error_code error;
  return fs::read_symlink(fmt::format("/proc/{}/exe", pid), error);
}

std::string executable_name(pid_t pid) { return fs::path(executable_of(pid)).filename(); }

std::uint64_t memory_of(pid_t pid, const std::string& field) {
  return field_of(fmt::format("/proc/{}/status", pid), field);
}

std::uint64_t proportional_memory_of(pid_t pid) {
  return field_of(fmt::format("/proc/{}/smaps_rollup", pid), "Pss");
}

bool listens(pid_t pid) {
  std::vector<pid_t> family = descendants_of(pid);
  family.push_back(pid);
  const std::set<std::string> listening = listening_sockets(pid);
  return std::any_of(family.begin(), family.end(), [&listening](pid_t member) {
    std::error_code error;
    for (const fs::directory_entry& entry :
         fs::directory_iterator(fmt::format("/proc/{}/fd", member), error)) {
      const std::string target = fs::read_symlink(entry.path(), error);
      if (listening.count(target) != 0) return true;
    }
    return false;
  });
}

}  // namespace hakmem::cli
