// instantiate.cc: the cold halves, compiled once for the active configuration.
#include "heap/lifecycle_cold.h"
#include "heap/thread_heap_cold.h"
#include "runtime/active_config.h"

template class hakmem::heap::ThreadHeap<hakmem::runtime::ActiveConfig>;
template struct hakmem::heap::Lifecycle<hakmem::runtime::ActiveConfig>;
