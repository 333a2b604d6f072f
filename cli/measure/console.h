// console.h: what is printed while something is measured, and after it.
//
// A reader who is gone (`| head -1`, a terminal that was closed) or a full disk loses what is
// printed, not what was measured: nothing here throws, and what cannot be written goes nowhere from
// then on. So results are written to their files first. InterruptGuard keeps SIGPIPE away.
#pragma once

#include <string_view>

namespace hakmem::cli {

// Prints to standard output, at once. Where that fails, it is said once, on standard error, unless
// the reader is gone.
void show(std::string_view text);

// Prints to standard error.
void tell(std::string_view text);

// Returns `status`, or where it is 0 and a text was lost for which there is a reader: exit_usage.
int status_of_shown(int status);

// From now on what is written to `output`, a standard descriptor, goes nowhere. May be called in a
// signal handler.
void lead_nowhere(int output);

// Opens what of standard input, output and error was closed when we were started, to nowhere: else
// the next file that is opened would be taken for it.
void open_standard_descriptors();

}  // namespace hakmem::cli
