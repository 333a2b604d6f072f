// tool_run.cc: runs workloads under tools.
#include "counts/tool_run.h"

#include "launch/executable.h"
#include "measure/allocator.h"
#include "measure/measure.h"
#include "user_error.h"

namespace hakmem::cli {

std::filesystem::path find_tool(const std::string& name) {
  try {
    return find_executable(name);
  } catch (const UserError& error) {
    throw UserError(std::string(error.what()) + " (Debian package " + name + ")", error.status());
  }
}

Sample run_under_tool(const ChildSpec& spec, const Allocator& allocator, double timeout_seconds,
                      std::string& errors) {
  Sample sample;
  Child child(spec);
  if (child.wait(timeout_seconds)) {
    judge_workload(child, allocator, sample);
  } else {
    judge_timeout(child, timeout_seconds, sample);
  }
  errors = child.errors();
  return sample;
}

}  // namespace hakmem::cli
