// table.h: a comparison as text.
#pragma once

#include <string>

#include "compare/summary.h"

namespace hakmem::cli {

// Returns one block each for time, peak RSS and, if any subject has it, RSS after all was freed:
// subjects down, allocators across, and whatever failed in full below.
std::string result_table(const Plan& plan, const Summary& summary);

}  // namespace hakmem::cli
