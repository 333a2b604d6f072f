// strace.cc: runs strace and reads its summaries.
#include "counts/strace.h"

#include <fstream>
#include <sstream>

#include "counts/tool_run.h"
#include "launch/preload.h"
#include "measure/allocator.h"
#include "measure/temporary_folder.h"
#include "user_error.h"

namespace hakmem::cli {

// A line is: share, seconds, microseconds per call, calls, errors (where there are any), name. The
// last is the total.
std::uint64_t parse_strace_summary(std::istream& text) {
  std::uint64_t sum = 0;
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    double share = 0;
    double seconds = 0;
    std::uint64_t each = 0;
    std::uint64_t calls = 0;
    if (!(words >> share >> seconds >> each >> calls)) continue;
    if (!line.ends_with(" total")) {
      sum += calls;
    } else if (sum == calls) {
      return sum;
    }
  }
  throw UserError("strace's summary is not whole");
}

Sample run_strace(const std::vector<std::string>& command, const Allocator& allocator,
                  double timeout_seconds, std::uint64_t& system_calls) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "summary";
  ChildSpec spec;
  // The allocator is the workload's: strace itself goes on with libc's.
  spec.command = {find_tool("strace"),
                  "-c",
                  "-f",
                  "-o",
                  file,
                  "-E",
                  "LD_PRELOAD=" + preload_value(allocator.library, "")};
  spec.command.insert(spec.command.end(), command.begin(), command.end());
  std::string errors;
  Sample sample = run_under_tool(spec, allocator, timeout_seconds, errors);
  if (sample.verdict == Verdict::ok) {
    std::ifstream text(file);
    system_calls = parse_strace_summary(text);
  }
  return sample;
}

}  // namespace hakmem::cli
