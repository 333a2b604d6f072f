// remote_direct.h: the baseline with one line changed.
#pragma once

#include "boxes/heap/remote_direct.h"
#include "configs/baseline.h"

namespace hakmem::configs {

struct Active : Baseline {
  using RemoteFree = boxes::RemoteDirect;
};

}  // namespace hakmem::configs
