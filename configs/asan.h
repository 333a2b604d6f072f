// asan.h: the baseline with free blocks and the tails of blocks poisoned for the address sanitizer.
#pragma once

#include "configs/baseline.h"
#include "observe/asan_poison.h"

namespace hakmem::configs {

struct Active : Baseline {
  using Poison = observe::AsanPoison;
};

}  // namespace hakmem::configs
