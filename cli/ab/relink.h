// relink.h: other link orders of a library of a build tree.
//
// Moving code changes speed: what a change gains under one order of the sections it may lose under
// another. The linker's own command is taken from the build tree and run again with lld, which
// shuffles the sections by a seed.
#pragma once

#include <filesystem>

namespace hakmem::cli {

// Links `library` again, its code in the order of `seed` (not 0), into `folder` and returns the new
// file. The library must lie in a build tree of Ninja. Throws, naming what is missing, if it does
// not, or if ninja or lld (Debian packages ninja-build, lld) are not there.
std::filesystem::path relink(const std::filesystem::path& library, unsigned seed,
                             const std::filesystem::path& folder);

}  // namespace hakmem::cli
