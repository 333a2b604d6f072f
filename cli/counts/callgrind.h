// callgrind.h: the instructions that one run executes, as valgrind's callgrind counts them.
//
// Valgrind runs the program on a processor of its own making, so the figures do not depend on the
// machine's mood; what libc chooses by the kind of processor (how it copies and clears) is chosen
// for that one. Callgrind, unlike memcheck, replaces no malloc.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "measure/sample.h"

namespace hakmem::cli {

struct Allocator;

// What a function's calls cost, all that they call in turn included.
struct CallsFrom {
  std::uint64_t instructions = 0;
  std::set<std::string> objects;  // files that the called functions lie in, as far as known
};

struct Profile {
  std::uint64_t instructions = 0;          // of all that was collected
  std::map<std::string, CallsFrom> calls;  // by the function that calls
};

// Reads a profile written with --compress-strings=no and --compress-pos=no. Throws if it is not
// whole.
Profile parse_profile(std::istream& text);

// Returns what the user can do if valgrind itself gave up, by what it wrote; else nothing.
std::string remedy_for(const std::string& errors);

// Runs a workload under callgrind with the allocator preloaded. Collects in `function` only, or
// everywhere if that is empty. `profile` is filled in if the sample is ok.
Sample run_callgrind(const std::vector<std::string>& command, const std::string& function,
                     const Allocator& allocator, double timeout_seconds, Profile& profile);

}  // namespace hakmem::cli
