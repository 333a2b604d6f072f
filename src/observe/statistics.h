// statistics.h: what the allocator says about itself.
//
// Layer observe. Cold. A snapshot of memory by state and of rare events; the fields are those of
// hak_statistics in hakmem.h, which says what they mean.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "heap/concepts.h"
#include "policy/snapshot.h"

namespace hakmem::observe {

struct Statistics {
  std::size_t live_bytes = 0;
  std::size_t live_blocks = 0;
  std::size_t kept_bytes = 0;
  std::size_t page_bytes = 0;
  std::size_t large_bytes = 0;
  std::size_t dirty_bytes = 0;
  std::size_t committed_bytes = 0;
  std::size_t metadata_bytes = 0;
  std::size_t heap_count = 0;
  std::size_t parked_heap_count = 0;
  std::uint64_t refill_count = 0;
  std::uint64_t overflow_count = 0;
  std::uint64_t flush_count = 0;
  std::uint64_t page_count = 0;
  std::uint64_t retire_count = 0;
  std::uint64_t post_count = 0;
  std::uint64_t purge_count = 0;
  std::uint64_t purged_bytes = 0;
  std::uint64_t abandoned_bytes = 0;
  std::uint64_t error_count = 0;
};

// What goes beyond the public snapshot.
struct Details {
  std::array<std::size_t, policy::band_count> live_blocks_of_band{};
  std::array<std::size_t, policy::band_count> live_bytes_of_band{};
  std::array<std::size_t, policy::band_count> page_bytes_of_band{};
  std::uint64_t refilled_blocks = 0;
  std::uint64_t came_home = 0;
  std::uint64_t home_turns = 0;
  std::uint64_t keep_turns = 0;
  std::uint64_t ticks = 0;
  std::uint64_t sweeps = 0;
  std::uint64_t swept_bytes = 0;
  std::uint64_t large_blocks = 0;
  bool calls_counted = false;  // the observe flavour: what follows is known
  std::array<std::uint64_t, static_cast<unsigned>(heap::Path::count)> paths{};
  std::array<std::uint64_t, static_cast<unsigned>(heap::Call::count)> calls{};

  [[nodiscard]] std::uint64_t calls_of(heap::Path path) const {
    return paths[static_cast<unsigned>(path)];
  }
  [[nodiscard]] std::uint64_t calls_of(heap::Call call) const {
    return calls[static_cast<unsigned>(call)];
  }
};

// Writes all of it to a file descriptor, one greppable line a block.
void print(int descriptor, const Statistics& statistics, const Details& details,
           const policy::RouteSnapshot& snapshot);

}  // namespace hakmem::observe
