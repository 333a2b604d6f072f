// observe.h: the baseline with every path counted and every free cross-checked.
#pragma once

#include "configs/baseline.h"
#include "observe/call_counter.h"

namespace hakmem::configs {

struct Active : Baseline {
  using Observer = observe::CallCounter;
};

}  // namespace hakmem::configs
