// operator_caught_call.h: try { function(); } catch (...) {} without a C++ runtime of one's own.
//
// Layer api. Cold. The compiler's own try would bind to a runtime when the library is linked. This
// one is given the runtime's functions at the call.
#pragma once

extern "C" {

// Calls `function` and returns true; if an exception leaves it, ends the exception with begin_catch
// and end_catch (__cxa_begin_catch, __cxa_end_catch) and returns false. `personality` is
// __gxx_personality_v0 of the same runtime; null: exceptions pass through.
bool hakmem_call_caught(void (*function)(), void* begin_catch, void* end_catch, void* personality);

}  // extern "C"
