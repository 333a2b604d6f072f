// operator_failure.h: operator new when no block is ready, and when there is no memory.
//
// Layer api. Warm, then cold. Without memory the new-handler is called and the allocation tried
// again, until there is memory or no handler. `caller` is an address in the code that called the
// operator: the C++ runtime that is asked for the handler and throws is the one this code uses.
#pragma once

#include <cstddef>

namespace hakmem::api {

// Fails by throwing std::bad_alloc. What the handler throws passes through.
void* allocate_or_throw(std::size_t bytes, const void* caller);
// Fails by returning null, also when the handler throws.
void* allocate_or_null(std::size_t bytes, const void* caller);

// The same for aligned blocks. An alignment that is no power of two fails at once: no handler can
// mend it.
void* allocate_or_throw(std::size_t bytes, std::size_t alignment, const void* caller);
void* allocate_or_null(std::size_t bytes, std::size_t alignment, const void* caller);

}  // namespace hakmem::api
