// memory_watch.cc: sums the memory of a tree of processes.
#include "measure/memory_watch.h"

#include <algorithm>

#include "measure/process_map.h"

namespace hakmem::cli {

void MemoryWatch::look() {
  std::uint64_t bytes = proportional_memory_of(root_);
  for (const pid_t pid : descendants_of(root_)) bytes += proportional_memory_of(pid);
  peak_bytes_ = std::max(peak_bytes_, bytes);
}

}  // namespace hakmem::cli
