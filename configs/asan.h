// asan.h: the baseline with free blocks and the tails of blocks poisoned for the address sanitizer.
#pragma once

#include "boxes/heap/asan_poison.h"
#include "configs/baseline.h"

namespace hakmem::configs {

struct Active : Baseline {
  using Poison = boxes::AsanPoison;
};

}  // namespace hakmem::configs
