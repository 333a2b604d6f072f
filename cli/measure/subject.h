// subject.h: what is measured under each allocator: one row of a comparison.
#pragma once

#include <string>
#include <vector>

namespace hakmem::cli {

enum class SubjectKind {
  workload,  // a program of ours that reports its own time, memory and allocator in a line of JSON
  program,   // any program: wall time, peak RSS, allocator by its memory map
  redis,     // redis-server under redis-benchmark: time of the load, RSS of the server
};

struct Subject {
  std::string name;
  SubjectKind kind = SubjectKind::program;
  std::vector<std::string> command;      // the first word is the path of the executable
  std::vector<std::string> load;         // redis: the command that loads the server
  std::vector<std::string> environment;  // NAME=VALUE, on top of our own
  // File name of the executable whose allocator counts, where the command is only its driver (g++
  // starts cc1plus); empty: the command itself.
  std::string judged_process;
  // The results must not depend on the allocator: every run has to print the same.
  bool same_output = false;
};

// Returns the subject that `text` means: `name` or `name:argument,argument,...` of a workload.
Subject parse_workload(const std::string& text);

// Returns the subject for a program given on the command line.
Subject program_subject(const std::vector<std::string>& program);

}  // namespace hakmem::cli
