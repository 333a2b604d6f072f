// preload.h: the value of LD_PRELOAD.
#pragma once

#include <filesystem>
#include <string>

namespace hakmem::cli {

// Returns `library` followed by what was preloaded already, so that malloc is found in `library`
// first and the others still get their turn. Throws if the path holds a character that LD_PRELOAD
// takes for a separator.
std::string preload_value(const std::filesystem::path& library, const std::string& earlier);

}  // namespace hakmem::cli
