// strace.h: the system calls that one run makes, as strace counts them.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "measure/sample.h"

namespace hakmem::cli {

struct Allocator;

// Reads the table that strace -c writes and returns the sum of its calls. Throws if it is not
// whole.
std::uint64_t parse_strace_summary(std::istream& text);

// Runs a workload under strace with the allocator preloaded, all its threads included.
// `system_calls` is filled in if the sample is ok.
Sample run_strace(const std::vector<std::string>& command, const Allocator& allocator,
                  double timeout_seconds, std::uint64_t& system_calls);

}  // namespace hakmem::cli
