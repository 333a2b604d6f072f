// geometry.h: the sizes everything else is built on.
//
// Layer region. An arena is a row of segments, a segment a row of pages; each constant carries its
// reason in the assertion beside it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bits.h"

namespace hakmem::region {

inline constexpr unsigned page_shift = 16;
inline constexpr std::size_t page_bytes = std::size_t{1} << page_shift;
static_assert(page_bytes == 64 * kib,
              "16 OS pages: large enough that a refill is rare, small enough that a barely used "
              "class costs address space, not memory");

inline constexpr unsigned segment_pages = 32;
inline constexpr std::size_t segment_bytes = segment_pages * page_bytes;
static_assert(segment_bytes == 2 * mib, "a segment is what one huge page can back");
static_assert(segment_pages == 32, "the pages of a segment are the bits of one 32-bit word");

inline constexpr unsigned max_arenas = 4;
static_assert(max_arenas <= 4, "free of a block beyond the first arena searches them in turn");

// The first arena is as large as could ever be used: address space is free, a second arena is not.
inline constexpr std::size_t max_arena_bytes = 1024 * gib;
inline constexpr unsigned arena_per_physical = 8;
inline constexpr std::size_t min_arena_bytes = 2 * segment_bytes;
static_assert(min_arena_bytes >= 2 * segment_bytes,
              "one segment for small blocks and one for a large one");
static_assert(max_arena_bytes / page_bytes <= (std::uint64_t{1} << 32),
              "a page index fits 32 bits");

}  // namespace hakmem::region
