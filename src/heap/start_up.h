// start_up.h: the allocator comes to life, once.
//
// Layer heap. Declared here, where the need for it shows; defined in runtime/, which knows all
// parts.
#pragma once

#include "policy/snapshot.h"

namespace hakmem::heap {

// Returns whether the allocator is ready; the first caller makes it so. False: no address space.
bool start_up();

// The snapshot that start-up froze.
const policy::RouteSnapshot& snapshot_in_use();

}  // namespace hakmem::heap
