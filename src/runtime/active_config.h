// active_config.h: the one place that knows which configuration was chosen.
//
// Layer runtime. CMake names the header; it defines configs::Active.
#pragma once

#include HAKMEM_CONFIG_HEADER

#include "heap/lifecycle.h"

namespace hakmem::runtime {

using ActiveConfig = configs::Active;
static_assert(heap::HeapConfig<ActiveConfig>);

using Heap = heap::ThreadHeap<ActiveConfig>;
using Lifecycle = heap::Lifecycle<ActiveConfig>;

}  // namespace hakmem::runtime

// The cold halves are compiled once, in instantiate.cc.
extern template class hakmem::heap::ThreadHeap<hakmem::runtime::ActiveConfig>;
