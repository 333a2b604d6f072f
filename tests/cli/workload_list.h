// workload_list.h: the workloads, each with the arguments of short runs, and how tests run them.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "command_line.h"

namespace hakmem::cli::testing {

struct Workload {
  std::string name;
  std::string small;        // arguments of a short run
  bool has_one_thread;      // and so a floor
  std::string faulty = "";  // further arguments of a run in which planted faults must show
};

// How gtest shows a parameter in a test's name.
inline void PrintTo(const Workload& workload, std::ostream* stream) { *stream << workload.name; }

inline std::string name_of_test(const ::testing::TestParamInfo<Workload>& info) {
  return info.param.name;
}

inline std::vector<Workload> all_workloads() {
  // Blocks that threads use one at a time meet only where one thread stops within its own.
  const std::string contended = "threads=8 iters=1M size=64 reps=100";
  return {
      {"aligned", "iters=50k", true},
      {"cache_scratch", "iters=10 reps=1k", false, contended},
      {"cache_thrash", "iters=10 reps=1k", false, contended},
      {"calloc_fresh", "big=1Mi cycles=20", true},
      {"exchange_ring", "threads=4 iters=50k", false},
      {"fifo_hot", "cycles=1k", true},
      {"large_blocks", "max=1Mi live=16Mi cycles=2", true},
      {"larson", "seconds=1 threads=4 rounds=1", false},
      {"lifo_sizes", "threads=4 iters=50k", false},
      {"mid_large_mt", "threads=4 iters=10k", false},
      {"mt_remote", "threads=4 iters=50k", false},
      {"objects", "threads=4 live=20k iters=20k", false},
      {"producer_consumer", "pairs=2 iters=50k", false},
      {"random_mixed", "iters=200k", true},
      {"realloc_growth", "count=500 cycles=1", true},
      {"server_day", "load=1Mi spike=8Mi busy_ms=20 idle_ms=20", false},
      {"stress_phases", "scale=10 phases=3", false},
      {"thread_churn", "iters=200", false},
      {"tiny_hot", "cycles=1k", true},
  };
}

// Runs a workload; `environment` is NAME=VALUE words.
inline Outcome run_workload(const std::string& name, const std::string& arguments,
                            const std::string& environment = "") {
  return run_shell("env " + environment + " " + workload_path(name) + " " + arguments);
}

}  // namespace hakmem::cli::testing
