// affinity.h: on which processors everything runs.
#pragma once

#include <string>

namespace hakmem::cli {

// Pins this process, and with it all that it starts, to the processors in `list`, written as
// taskset and the kernel do: "0,2-3". Throws if the list is none or names a processor that this
// process may not use.
void pin_to(const std::string& list);

// Returns the processors that this process and all that it starts may use, written so.
std::string usable_processors();

}  // namespace hakmem::cli
