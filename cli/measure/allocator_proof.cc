// allocator_proof.cc: looks for the allocator in the memory maps of a child.
#include "measure/allocator_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "launch/elf_file.h"
#include "measure/process_map.h"

namespace hakmem::cli {

namespace {

constexpr double slowest_interval_seconds = 0.05;

}  // namespace

void AllocatorProof::look() {
  if (proven_) return;
  if (subject_.judged_process.empty()) {
    look_at(child_.pid());
    return;
  }
  for (const pid_t pid : descendants_of(child_.ancestor())) {
    if (executable_name(pid) == subject_.judged_process) look_at(pid);
  }
}

void AllocatorProof::look_at(pid_t pid) {
  const std::vector<std::string> files = mapped_files(pid);
  if (std::binary_search(files.begin(), files.end(), allocator_.library.string())) {
    proven_ = true;
    executable_ = executable_of(pid);
  }
  // The dynamic linker maps preloaded libraries before libc: with libc there, the map is complete.
  seen_ready_ |= std::any_of(files.begin(), files.end(), [](const std::string& file) {
    return file.find("/libc.so.") != std::string::npos;
  });
}

double AllocatorProof::next_interval() {
  if (proven_) return slowest_interval_seconds;
  const double interval = interval_;
  interval_ = std::min(2 * interval_, slowest_interval_seconds);
  return interval;
}

void AllocatorProof::conclude(Sample& sample) const {
  if (sample.verdict != Verdict::ok) return;
  for (const char* const function : {"malloc", "free", "calloc", "realloc", "posix_memalign"}) {
    if (exports_function(allocator_.library, function) != false) continue;
    sample.verdict = Verdict::wrong_allocator;
    sample.detail = fmt::format("{} defines no {}: it is no allocator, or half of one",
                                allocator_.library.string(), function);
    return;
  }
  if (proven_ && exports_function(executable_, "malloc") == true) {
    sample.verdict = Verdict::wrong_allocator;
    sample.detail = executable_ + " defines malloc itself: no preloaded library comes before that";
    return;
  }
  if (proven_) {
    sample.allocator_path = allocator_.library;
    return;
  }
  const std::string who = subject_.judged_process.empty() ? "the process" : subject_.judged_process;
  if (seen_ready_) {
    sample.verdict = Verdict::wrong_allocator;
    sample.detail = allocator_.library.string() + " is not in the memory map of " + who;
  } else {
    sample.verdict = Verdict::unproven;
    sample.detail = "the memory map of " + who + " was not seen";
  }
}

}  // namespace hakmem::cli
