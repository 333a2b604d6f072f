// command_line.h: runs a command line through the shell and takes what it printed and its status.
#pragma once

#include <string>

namespace hakmem::cli::testing {

struct Outcome {
  int status = -1;     // exit status, or 128 + signal, as the shell counts
  std::string output;  // standard output and standard error, in the order of writing
};

// `arguments` follow the path of our `hakmem`.
Outcome run_hakmem(const std::string& arguments);
Outcome run_shell(const std::string& command);

// A shell command by which a program that `hakmem` measures interrupts it: its own parent is only
// the launcher.
inline const std::string interrupt_command = "kill -INT $(cut -d\" \" -f4 /proc/$PPID/stat)";

// Paths that the build knows.
std::string hakmem_library();
std::string workload_path(const std::string& name);
std::string report_parts();
std::string corrupting_library();
std::string slow_library();

}  // namespace hakmem::cli::testing
