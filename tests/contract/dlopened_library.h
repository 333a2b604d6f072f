// dlopened_library.h: opens libhakmem.so into a process whose malloc stays libc's.
//
// The path, CONTRACT_LIBRARY, is the build's: the earliest caller comes before the environment.
#pragma once

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace contract {

// Returns the handle; ends the process with a message where the library does not open.
inline void* dlopened_library() {
  static void* const handle = [] {
    void* const opened = dlopen(CONTRACT_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (opened == nullptr) {
      std::fprintf(stderr, "contract: %s\n", dlerror());
      std::_Exit(2);
    }
    return opened;
  }();
  return handle;
}

// Returns the library's function `name`; ends the process where it has none.
inline void* find_in_dlopened_library(const char* name) {
  void* const found = dlsym(dlopened_library(), name);
  if (found == nullptr) {
    std::fprintf(stderr, "contract: %s\n", dlerror());
    std::_Exit(2);
  }
  return found;
}

}  // namespace contract
