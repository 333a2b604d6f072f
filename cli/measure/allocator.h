// allocator.h: the allocators of a comparison, each a library that is preloaded.
//
// libc is one of them and is preloaded like the others: some programs are linked with an allocator
// of their own (Debian's redis-server with jemalloc), and only the first library in the search
// order decides.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hakmem::cli {

struct Allocator {
  std::string name;
  std::filesystem::path library;  // canonical
  std::string build_id;
  // Why nothing can be measured under it, so that every run fails; empty: it can.
  std::string problem = {};
};

// Returns the allocator that `text` means: `name=path`, or a name that is known: libc, hakmem,
// mimalloc, jemalloc, tcmalloc. Throws if its library is not on this machine.
Allocator parse_allocator(const std::string& text);

// The same, but of `name=path` with a path that is no library: that allocator has a problem.
Allocator parse_allocator_or_problem(const std::string& text);

// Returns libc, hakmem and the peers that are installed; adds the names of the others to `missing`.
std::vector<Allocator> find_allocators(std::vector<std::string>& missing);

// Returns those that `texts` mean, or without any all that find_allocators finds. Throws if two
// have the same name, or as `parse` does.
std::vector<Allocator> choose_allocators(const std::vector<std::string>& texts,
                                         std::vector<std::string>& missing,
                                         Allocator (*parse)(const std::string&) = parse_allocator);

}  // namespace hakmem::cli
