// errors.h: what happens when a pointer cannot be right.
//
// Layer heap. Cold. One line on standard error, a count, and the way the user chose
// (HAKMEM_ON_ERROR): ignore, report, abort.
#pragma once

#include <cstdint>

#include "base/atomic.h"
#include "policy/snapshot.h"

namespace hakmem::heap {

extern constinit Atomic<std::uint64_t> error_count;
extern constinit policy::OnError on_error;  // copied from the snapshot at start-up

// `call` is the function the user called, or the step that noticed; `what` says what is wrong.
[[gnu::cold]] void report_pointer(const char* call, const void* pointer, const char* what);

}  // namespace hakmem::heap
