// check.h: contracts made executable.
//
// Layer base. debug_check holds a programmer's assumption and costs nothing where build::checks is
// off: its lambda is then not even evaluated. Wrong input of a caller is never checked with it.
#pragma once

#include "build_config.h"

namespace hakmem {

// Says on standard error which check failed, and aborts. Defined in os/report.cc.
[[noreturn, gnu::cold]] void check_failed(const char* file, int line);

template <class Condition>
inline void debug_check(Condition condition, const char* file = __builtin_FILE(),
                        int line = __builtin_LINE()) {
  if constexpr (build::checks) {
    if (!condition()) [[unlikely]]
      check_failed(file, line);
  }
}

}  // namespace hakmem
