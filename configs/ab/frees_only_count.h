// frees_only_count.h: the baseline with one line changed.
#pragma once

#include "boxes/heap/frees_only_count.h"
#include "configs/baseline.h"

namespace hakmem::configs {

struct Active : Baseline {
  using Room = boxes::FreesOnlyCount;
};

}  // namespace hakmem::configs
