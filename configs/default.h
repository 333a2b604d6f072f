// default.h: the configuration that is shipped.
#pragma once

#include "configs/baseline.h"

namespace hakmem::configs {

using Active = Baseline;

}  // namespace hakmem::configs
