// attributes.h: what the compiler must be told and the language cannot say.
//
// Layer base. The only macros between the public headers and api/: everything else that varies is a
// type, a constexpr bool or a file chosen by CMake.
#pragma once

#include <cstdint>

// Puts a function into the shared library's exported interface.
#define HAKMEM_EXPORT __attribute__((visibility("default")))

// For a function that reads what another thread writes, and says why that is right.
#define HAKMEM_NO_RACE_DETECTION __attribute__((no_sanitize("thread")))

namespace hakmem {

// Lowers `count` by one and returns whether it is negative now. One instruction and its flag: gcc
// needs a second one for the address, clang three for the flag.
inline bool lower_below_zero(std::int32_t& count) {
#if defined(__x86_64__)
  bool negative;
  asm("subl $1, %0" : "+m"(count), "=@ccs"(negative));
  return negative;
#else
  return --count < 0;
#endif
}

}  // namespace hakmem
