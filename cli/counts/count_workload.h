// count_workload.h: instructions and system calls per operation of a workload.
#pragma once

#include <optional>
#include <string>

#include "counts/counts.h"

namespace hakmem::cli {

// Counts the instructions of the workload's floor, per operation. On failure nothing, and why in
// `failure`.
std::optional<double> count_floor(const CountedWorkload& workload, const Allocator& allocator,
                                  double timeout_seconds, std::string& failure);

// Counts the workload itself; the floor is left to who knows it.
WorkloadCount count_workload(const CountedWorkload& workload, const Allocator& allocator,
                             double timeout_seconds);

}  // namespace hakmem::cli
