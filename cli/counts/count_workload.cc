// count_workload.cc: runs a workload with N and with 2N repetitions under a tool.
#include "counts/count_workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "counts/callgrind.h"
#include "counts/strace.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

// Runs a command and puts what it counted into its last argument.
using Count = std::function<Sample(const std::vector<std::string>&, std::uint64_t&)>;

// Returns what one operation counts: the difference of `repetitions` and twice as many, over the
// difference of their operations. What happens once, at the start and at the end, drops out.
std::optional<double> per_operation(const CountedWorkload& workload, std::uint64_t repetitions,
                                    bool floor, const Count& count, std::string& failure,
                                    std::string* parameters = nullptr) {
  double counted[2] = {};
  double operations[2] = {};
  try {
    for (const unsigned i : {0U, 1U}) {
      std::uint64_t number = 0;
      const Sample sample = count(workload.command_for((i + 1) * repetitions, floor), number);
      failure = failure_of(sample);
      if (!failure.empty()) return std::nullopt;
      counted[i] = static_cast<double>(number);
      const auto line = nlohmann::ordered_json::parse(sample.line);
      operations[i] = line.at("operations");
      if (parameters != nullptr) *parameters = line.at("parameters").dump();
    }
  } catch (const UserError& error) {
    failure = error.what();
    return std::nullopt;
  } catch (const nlohmann::json::exception& error) {
    failure = std::string("the workload's line: ") + error.what();
    return std::nullopt;
  }
  if (operations[1] <= operations[0]) {
    failure = fmt::format("{}={} made no more operations than half as many", workload.repetitions,
                          2 * repetitions);
    return std::nullopt;
  }
  // Who returns memory by the clock may call the system less often in the longer run.
  return std::max(0.0, counted[1] - counted[0]) / (operations[1] - operations[0]);
}

std::optional<double> count_instructions(const CountedWorkload& workload, bool floor,
                                         const Allocator& allocator, double timeout_seconds,
                                         std::string& failure, std::string* parameters = nullptr) {
  const auto count = [&](const std::vector<std::string>& command, std::uint64_t& number) {
    Profile profile;
    const Sample sample = run_callgrind(command, "", allocator, timeout_seconds, profile);
    number = profile.instructions;
    return sample;
  };
  return per_operation(workload, workload.under_callgrind, floor, count, failure, parameters);
}

std::optional<double> count_system_calls(const CountedWorkload& workload,
                                         const Allocator& allocator, double timeout_seconds,
                                         std::string& failure) {
  const auto count = [&](const std::vector<std::string>& command, std::uint64_t& number) {
    return run_strace(command, allocator, timeout_seconds, number);
  };
  return per_operation(workload, workload.under_strace, /*floor=*/false, count, failure);
}

}  // namespace

std::optional<double> count_floor(const CountedWorkload& workload, const Allocator& allocator,
                                  double timeout_seconds, std::string& failure) {
  return count_instructions(workload, /*floor=*/true, allocator, timeout_seconds, failure);
}

WorkloadCount count_workload(const CountedWorkload& workload, const Allocator& allocator,
                             double timeout_seconds) {
  WorkloadCount result;
  result.name = workload.name;
  std::string failure;
  result.instructions = count_instructions(workload, /*floor=*/false, allocator, timeout_seconds,
                                           failure, &result.parameters);
  if (!failure.empty()) result.failures.push_back("instructions: " + failure);
  failure.clear();
  result.system_calls = count_system_calls(workload, allocator, timeout_seconds, failure);
  if (!failure.empty()) result.failures.push_back("system calls: " + failure);
  return result;
}

}  // namespace hakmem::cli
