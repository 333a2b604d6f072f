// command_line.cc: runs command lines.
#include "command_line.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>

namespace hakmem::cli::testing {

Outcome run_shell(const std::string& command) {
  Outcome outcome;
  std::FILE* const pipe = ::popen(("{ " + command + "\n} 2>&1").c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> buffer = {};
  for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    outcome.output.append(buffer.data(), count);
  }
  const int status = ::pclose(pipe);
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

Outcome run_hakmem(const std::string& arguments) {
  return run_shell(std::string(HAKMEM_COMMAND) + " " + arguments);
}

std::string hakmem_library() { return HAKMEM_LIBRARY; }
std::string workload_path(const std::string& name) {
  return std::string(HAKMEM_WORKLOADS) + "/" + name;
}
std::string report_parts() { return HAKMEM_REPORT_PARTS; }
std::string corrupting_library() { return HAKMEM_CORRUPTING_LIBRARY; }
std::string slow_library() { return HAKMEM_SLOW_LIBRARY; }

}  // namespace hakmem::cli::testing
