// statistics.h: the allocator's statistics as they are now.
#pragma once

#include "runtime/allocator.h"

namespace hakmem::runtime {

inline observe::Statistics statistics() {
  observe::Statistics result;
  read_statistics(result);
  return result;
}

}  // namespace hakmem::runtime
