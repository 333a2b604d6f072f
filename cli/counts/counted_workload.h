// counted_workload.h: the workloads whose operations can be counted: those of one thread whose
// length is set by a number of repetitions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hakmem::cli {

struct CountedWorkload {
  std::string name;                  // as the user typed it
  std::vector<std::string> command;  // without the number of repetitions
  bool has_floor = false;
  std::string repetitions;            // the parameter that sets their number
  std::uint64_t under_callgrind = 0;  // how many: the figure is what twice as many cost more
  std::uint64_t under_strace = 0;

  // Returns the command of a run of so many repetitions.
  [[nodiscard]] std::vector<std::string> command_for(std::uint64_t count, bool floor) const;
};

// Returns all that there are, with their usual parameters.
std::vector<CountedWorkload> counted_workloads();

// Returns the workload that `text` means, `name` or `name:argument,...`. Throws if there is no such
// workload, if it cannot be counted, or if it is told how long to run.
CountedWorkload parse_counted_workload(const std::string& text);

}  // namespace hakmem::cli
