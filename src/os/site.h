// site.h: every place that asks the system for something that can be refused.
//
// Layer os. Each call site has its own id, so that a test can refuse each of them once and see that
// it did. In builds without fault injection the id is a constant nobody reads.
#pragma once

#include <array>
#include <cstdint>

#include "build_config.h"

namespace hakmem::os {

enum class Site : std::uint8_t {
  arena_reserve,
  arena_commit,
  arena_huge_pages,
  tag_reserve,
  tag_commit,
  page_table_reserve,
  page_table_commit,
  bit_table_reserve,
  bit_table_commit,
  bit_table_purge,
  segment_table_reserve,
  segment_table_commit,
  heap_reserve,
  heap_commit,
  owner_reserve,
  owner_commit,
  free_page_purge,
  part_page_purge,
  large_map,
  large_remap,
  large_move,
  huge_page_promote,
  thread_key,
  thread_value,
  fork_handlers,
  helper_start,
  count,
};

inline constexpr std::array<const char*, static_cast<unsigned>(Site::count)> site_names = {
    "arena_reserve",
    "arena_commit",
    "arena_huge_pages",
    "tag_reserve",
    "tag_commit",
    "page_table_reserve",
    "page_table_commit",
    "bit_table_reserve",
    "bit_table_commit",
    "bit_table_purge",
    "segment_table_reserve",
    "segment_table_commit",
    "heap_reserve",
    "heap_commit",
    "owner_reserve",
    "owner_commit",
    "free_page_purge",
    "part_page_purge",
    "large_map",
    "large_remap",
    "large_move",
    "huge_page_promote",
    "thread_key",
    "thread_value",
    "fork_handlers",
    "helper_start"};
static_assert(site_names.back() != nullptr, "each site has a name, in the order of the enum");

// Counts the call and says whether a test wants it refused. Defined in linux_fault.cc.
bool plan_refuses(Site site);

inline bool refused([[maybe_unused]] Site site) {
  if constexpr (build::faults) return plan_refuses(site);
  return false;
}

}  // namespace hakmem::os
