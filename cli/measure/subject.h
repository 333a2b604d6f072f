// subject.h: what is measured under each allocator: one row of a comparison.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure/metric.h"

namespace hakmem::cli {

enum class SubjectKind {
  workload,  // a program of ours that reports its own time, memory and allocator in a line of JSON
  program,   // any program: wall time, peak RSS, allocator by its memory map
  server,    // any server under a load: time of the load, RSS of the server
};

const char* kind_name(SubjectKind kind);

// In the words of a server's commands {dir} stands for a folder that is fresh for each run.
struct Subject {
  std::string name;
  SubjectKind kind = SubjectKind::program;
  std::vector<std::string> command;      // the first word is the path of the executable
  std::vector<std::string> environment;  // NAME=VALUE, on top of our own
  std::vector<std::string> load;         // server: what is timed
  std::vector<std::string> release;      // server: makes it give up what it holds; may be empty
  // File name of the executable whose allocator counts, where the command is only its driver (g++
  // starts cc1plus); empty: the command itself.
  std::string judged_process;
  std::optional<Metric> metric;  // what is compared instead of time
  // The results must not depend on the allocator: every run has to print the same.
  bool same_output = false;
  bool whole_tree = false;  // memory is that of the process and of all that it starts
  bool has_floor = false;   // workload: can run without allocating
  int expected_status = 0;  // the exit status that every run must have
  // Why it cannot be measured at all, so that every run fails; empty: it can.
  std::string problem;

  bool operator==(const Subject&) const = default;
};

// Returns the subject that `text` means: `name` or `name:argument,argument,...` of a workload.
Subject parse_workload(const std::string& text);

// Returns the subject for a program given on the command line. One that is not there, or into which
// nothing is preloaded, has a problem.
Subject program_subject(const std::vector<std::string>& program);

// The same for a program as the user would type it in a shell, which is not used: words are split
// and quotes, ~ and $NAME understood, nothing else. Throws if that cannot be done.
Subject typed_program(const std::string& words);

// Returns the subject for a server and its load, both as the user would type them in a shell. The
// server is started without one, as a program is.
Subject server_subject(const std::string& server, const std::string& load,
                       const std::string& release);

// Returns the number of threads that a workload's line of JSON speaks of; 1 if it speaks of none.
unsigned threads_in(const std::string& line);

}  // namespace hakmem::cli
