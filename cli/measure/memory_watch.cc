// memory_watch.cc: sums the memory of a family of processes.
#include "measure/memory_watch.h"

#include <algorithm>

#include "measure/process_map.h"

namespace hakmem::cli {

void MemoryWatch::look() {
  std::uint64_t bytes = 0;
  for (const pid_t pid : descendants_of(ancestor_)) bytes += proportional_memory_of(pid);
  peak_bytes_ = std::max(peak_bytes_, bytes);
}

}  // namespace hakmem::cli
