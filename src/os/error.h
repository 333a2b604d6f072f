// error.h: errno, for the layers that may not see libc's headers.
#pragma once

namespace hakmem::os {

// Sets errno to ENOMEM and returns null, so that a failing path can end in `return no_memory()`.
void* no_memory();

}  // namespace hakmem::os
