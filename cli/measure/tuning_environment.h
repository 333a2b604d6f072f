// tuning_environment.h: what of the caller's environment tunes allocators or the dynamic linker.
//
// It is handed to every run as it is, because a user may well want to compare tuned allocators. But
// it changes figures without being seen, so it is part of what a result says, and a comparison is
// not continued under another.
#pragma once

#include <map>
#include <string>

namespace hakmem::cli {

// Returns the values by the names of the variables. LD_PRELOAD is none of them: runs are given
// their own.
std::map<std::string, std::string> tuning_environment();

}  // namespace hakmem::cli
