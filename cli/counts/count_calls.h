// count_calls.h: instructions of single calls.
#pragma once

#include <vector>

#include "counts/counts.h"

namespace hakmem::cli {

// Counts malloc, free, calloc and realloc (to the size that the block has) of blocks of `bytes`.
std::vector<CallCount> count_calls(std::size_t bytes, const Allocator& allocator,
                                   const CountsPlan& plan);

}  // namespace hakmem::cli
