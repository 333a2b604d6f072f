// error.cc: error.h.
#include "os/error.h"

#include <errno.h>

namespace hakmem::os {

void* no_memory() {
  errno = ENOMEM;
  return nullptr;
}

}  // namespace hakmem::os
