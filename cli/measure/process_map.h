// process_map.h: what /proc says about a running process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace hakmem::cli {

// Returns the files mapped into the process, each once; empty if it is gone.
std::vector<std::string> mapped_files(pid_t pid);

// Returns the children of the process, theirs, and so on.
std::vector<pid_t> descendants_of(pid_t pid);

// Returns the path of the process's executable; empty if it is gone.
std::string executable_of(pid_t pid);

// Returns the file name of the process's executable, without its folder; empty if it is gone.
std::string executable_name(pid_t pid);

// Returns a field of /proc/<pid>/status in bytes (VmRSS, VmHWM); 0 if the process is gone.
std::uint64_t memory_of(pid_t pid, const std::string& field);

// Returns the process's memory in bytes, each page divided by the number of processes that have it
// (PSS); 0 if the process is gone or is another user's.
std::uint64_t proportional_memory_of(pid_t pid);

// Returns whether the process, or one that it started, waits for connections on a socket.
bool listens(pid_t pid);

}  // namespace hakmem::cli
