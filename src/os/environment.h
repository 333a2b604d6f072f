// environment.h: what the process was given and what time it is.
//
// Layer os. Nothing here allocates or sets errno.
#pragma once

#include <cstdint>

namespace hakmem::os {

// Returns the value of an environment variable, null if unset or if the program runs with raised
// privileges. The text belongs to the environment.
const char* environment(const char* name);

// Returns a monotonic time in nanoseconds: exact to some milliseconds and cheap, or exact.
std::uint64_t coarse_time();
std::uint64_t exact_time();

// Writes to a file descriptor, all of it if it can.
void write_text(int descriptor, const char* text, std::uint64_t length);

// Returns the start of the file in `buffer` (0-ended) or false if it cannot be read.
bool read_small_file(const char* path, char* buffer, std::uint64_t buffer_bytes);

// Ends the process with SIGABRT.
[[noreturn]] void abort_process();
// Ends the process with an exit status, without running its destructors.
[[noreturn]] void end_process(int status);

}  // namespace hakmem::os
