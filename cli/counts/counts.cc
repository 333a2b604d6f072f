// counts.cc: the order of counting.
#include "counts/counts.h"

#include <fmt/format.h>

#include "counts/count_calls.h"
#include "counts/count_workload.h"
#include "measure/interrupt.h"
#include "measure/progress.h"

namespace hakmem::cli {

namespace {

void note_failure(Progress& progress, const std::string& what, const Allocator& allocator,
                  const std::string& failure) {
  if (!failure.empty()) {
    progress.note(fmt::format("{} under {}: {}", what, allocator.name, failure));
  }
}

// False if the user interrupted.
bool count_size(std::size_t bytes, const CountsPlan& plan, Progress& progress, Counts& counts) {
  for (std::size_t i = 0; i < plan.allocators.size(); ++i) {
    const Allocator& allocator = plan.allocators[i];
    progress.show(fmt::format("calls of {} bytes", bytes), allocator.name);
    const std::vector<CallCount> calls = count_calls(bytes, allocator, plan);
    if (interrupted() != 0) return false;
    for (const CallCount& call : calls) {
      note_failure(progress, fmt::format("{} {}", call.call, bytes), allocator, call.failure);
      counts[i].calls.push_back(call);
    }
  }
  return true;
}

bool count_row(const CountedWorkload& workload, const CountsPlan& plan, Progress& progress,
               Counts& counts) {
  // The same instructions under all of them: it does not allocate.
  std::optional<double> floor;
  std::string floor_failure;
  if (workload.has_floor) {
    progress.show(workload.name, "floor");
    floor = count_floor(workload, plan.allocators[0], plan.timeout_seconds, floor_failure);
  }
  for (std::size_t i = 0; i < plan.allocators.size(); ++i) {
    const Allocator& allocator = plan.allocators[i];
    progress.show(workload.name, allocator.name);
    WorkloadCount count = count_workload(workload, allocator, plan.timeout_seconds);
    if (interrupted() != 0) return false;
    count.floor = floor;
    if (!floor_failure.empty()) count.failures.push_back("floor: " + floor_failure);
    for (const std::string& failure : count.failures) {
      note_failure(progress, workload.name, allocator, failure);
    }
    counts[i].workloads.push_back(std::move(count));
  }
  return true;
}

}  // namespace

Counts count_all(const CountsPlan& plan) {
  Counts counts(plan.allocators.size());
  Progress progress;
  const auto stopped = [&progress](const std::string& where) {
    progress.note(fmt::format("interrupted in {}: what follows was counted before", where));
  };
  for (const std::size_t bytes : plan.sizes) {
    if (count_size(bytes, plan, progress, counts)) continue;
    stopped(fmt::format("calls of {} bytes", bytes));
    return counts;
  }
  for (const CountedWorkload& workload : plan.workloads) {
    if (count_row(workload, plan, progress, counts)) continue;
    stopped(workload.name);
    return counts;
  }
  return counts;
}

std::size_t failures_in(const Counts& counts) {
  std::size_t failures = 0;
  for (const AllocatorCounts& of : counts) {
    for (const CallCount& call : of.calls) failures += call.failure.empty() ? 0 : 1;
    for (const WorkloadCount& workload : of.workloads)
      failures += workload.failures.empty() ? 0 : 1;
  }
  return failures;
}

}  // namespace hakmem::cli
