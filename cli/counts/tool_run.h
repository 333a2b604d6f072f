// tool_run.h: one run of a workload under a tool that counts what it does.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "measure/child.h"
#include "measure/sample.h"

namespace hakmem::cli {

struct Allocator;

// Returns the tool's path. Throws, naming the Debian package, which is called as the tool is, if it
// is not in PATH.
std::filesystem::path find_tool(const std::string& name);

// Runs `spec`, a tool and the workload that it runs, to its end. The sample holds the line that the
// workload printed; it is ok if the workload ended well and proved the allocator. `errors` is what
// both wrote to standard error.
Sample run_under_tool(const ChildSpec& spec, const Allocator& allocator, double timeout_seconds,
                      std::string& errors);

}  // namespace hakmem::cli
