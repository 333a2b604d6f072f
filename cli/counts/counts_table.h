// counts_table.h: counts as text.
#pragma once

#include <string>

#include "counts/counts.h"

namespace hakmem::cli {

// Returns a block each for single calls, instructions and system calls per operation of workloads:
// rows down, allocators across, and whatever failed below, each failure once.
std::string counts_table(const CountsPlan& plan, const Counts& counts);

}  // namespace hakmem::cli
