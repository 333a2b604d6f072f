// operations.h: a string of bytes read as a sequence of allocator calls and checked against a
// model.
//
// The model is a map of the blocks that should be alive. After each call the result is judged by
// it: alignment, usable size, no overlap with a neighbour, contents kept, zeros from calloc, errno
// as documented, live blocks and bytes as the statistics count them. Every byte string is a valid
// sequence, so the same function serves libFuzzer, kept inputs and random ones. Single-threaded,
// over the hak_ functions: the map itself lives on the program's own malloc.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fuzz {

// Runs one sequence; every `operations_per_check` calls, and at the end, all structures of the
// allocator are checked. Whatever is wrong ends the program with a line on stderr and abort().
// Returns the number of calls made. All blocks are freed at the end.
std::size_t run_operations(const std::uint8_t* bytes, std::size_t count,
                           std::size_t operations_per_check);

}  // namespace fuzz
