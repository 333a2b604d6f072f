// flavour.h: is a library an allocator, and does it count what it does?
#pragma once

#include "measure/allocator.h"

namespace hakmem::cli {

// Returns whether the library is a build of hakmem that counts every call (the observe flavour):
// told by what it prints when a program ends. Throws if no program runs under it, or with another
// malloc.
bool counts_calls(const Allocator& allocator);

}  // namespace hakmem::cli
