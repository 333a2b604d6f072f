// counts.h: what is counted, for each allocator.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "counts/counted_workload.h"
#include "measure/allocator.h"

namespace hakmem::cli {

struct CountsPlan {
  std::vector<Allocator> allocators;
  std::vector<std::size_t> sizes;  // of single calls; none: no single calls
  std::vector<CountedWorkload> workloads;
  unsigned batch = 2;            // blocks that are taken before they are freed
  unsigned rounds = 1000;        // batches
  double timeout_seconds = 600;  // of one run
};

// One kind of call with blocks of one size.
struct CallCount {
  std::string call;  // malloc, free, calloc, realloc
  std::size_t bytes = 0;
  std::optional<double> instructions;  // per call; blocks are freed in reverse order
  std::optional<double> fifo;          // malloc and free: in the order of allocation
  std::string failure;                 // why one of them is missing
};

struct WorkloadCount {
  std::string name;
  std::optional<double> instructions;  // per operation, as the others
  std::optional<double> floor;         // of the same accesses without allocation
  std::optional<double> system_calls;
  // The parameters that it ran with, as it printed them: a JSON object; empty if no run ended well.
  std::string parameters;
  std::vector<std::string> failures;
};

struct AllocatorCounts {
  std::vector<CallCount> calls;
  std::vector<WorkloadCount> workloads;
};

// One for each allocator of the plan. Cut short if the user interrupts, for whom the caller holds
// an InterruptGuard; rows that are there are whole.
using Counts = std::vector<AllocatorCounts>;

Counts count_all(const CountsPlan& plan);

// Returns the number of rows in which something failed.
std::size_t failures_in(const Counts& counts);

}  // namespace hakmem::cli
