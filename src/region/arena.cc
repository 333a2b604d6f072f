// arena.cc: reserving an arena and moving its frontier.
#include "region/arena.h"

#include <algorithm>

#include "build_config.h"
#include "os/memory.h"

namespace hakmem::region {

constinit std::uintptr_t first_arena_base = 0;
constinit std::uintptr_t first_arena_limit = 0;
constinit const PageTag* first_arena_tags = nullptr;
constinit Arena arenas[max_arenas];
constinit Atomic<std::uint32_t> arena_count;

namespace {

// The frontier moves by at least this, so that a starting program pays for one step.
constexpr std::uint32_t min_step_segments = 2;
// And by at most this: under mlockall a step becomes resident at once.
constexpr std::uint32_t max_step_segments = 32;

std::size_t tag_table_bytes(std::size_t segments) {
  return align_up(segments * segment_pages * sizeof(PageTag), os::os_page_bytes);
}
std::size_t slot_table_bytes(std::size_t segments) {
  return align_up(segments * segment_pages * sizeof(PageSlot), os::os_page_bytes);
}
std::size_t open_bytes(std::size_t segments) {
  return align_up(divide_up(segments, 64) * sizeof(std::uint64_t), os::os_page_bytes);
}
std::size_t segment_table_bytes(std::size_t segments) {
  return align_up(segments * sizeof(Segment), os::os_page_bytes);
}

std::size_t first_arena_bytes() {
  if constexpr (build::first_arena_mib != 0) return build::first_arena_mib * mib;
  const std::size_t by_memory = os::physical_bytes() * arena_per_physical;
  const std::size_t by_limit = os::address_space_left() / 2;
  return std::min({max_arena_bytes, by_memory, by_limit});
}

// Makes [old_bytes, new_bytes) of a table writable; both are rounded up to OS pages already.
bool commit_more(os::Site site, void* table, std::size_t old_bytes, std::size_t new_bytes) {
  if (new_bytes == old_bytes) return true;
  return os::commit(site, static_cast<std::byte*>(table) + old_bytes, new_bytes - old_bytes);
}

}  // namespace

bool Arena::reserve_tables() {
  const std::uint32_t segments = segment_count();
  void* const tags = os::reserve_readable(os::Site::tag_reserve, tag_table_bytes(segments));
  void* const slots =
      os::reserve(os::Site::page_table_reserve, slot_table_bytes(segments), os::os_page_bytes);
  const std::size_t open = open_bytes(segments);
  void* const states = os::reserve(os::Site::segment_table_reserve,
                                   open + segment_table_bytes(segments), os::os_page_bytes);
  if (tags != nullptr && slots != nullptr && states != nullptr &&
      os::commit(os::Site::segment_table_commit, states, open)) {
    tags_ = static_cast<PageTag*>(tags);
    slots_ = static_cast<PageSlot*>(slots);
    open_ = static_cast<Atomic<std::uint64_t>*>(states);
    segments_ = reinterpret_cast<Segment*>(static_cast<std::byte*>(states) + open);
    return true;
  }
  if (tags != nullptr) os::release(tags, tag_table_bytes(segments));
  if (slots != nullptr) os::release(slots, slot_table_bytes(segments));
  if (states != nullptr) os::release(states, open + segment_table_bytes(segments));
  return false;
}

bool Arena::reserve(std::size_t bytes) {
  bytes = align_down(std::clamp(bytes, min_arena_bytes, max_arena_bytes), segment_bytes);
  for (; bytes >= min_arena_bytes; bytes = align_down(bytes / 2, segment_bytes)) {
    void* const space = os::reserve(os::Site::arena_reserve, bytes, segment_bytes);
    if (space == nullptr) continue;
    base_ = address_of(space);
    bytes_ = bytes;
    if (reserve_tables()) return true;
    os::release(space, bytes);
    bytes_ = 0;
  }
  return false;
}

bool Arena::grow(std::uint32_t segments) {
  const std::uint32_t old = frontier();
  const std::uint32_t room = segment_count() - old;
  if (segments > room) return false;
  // Generous first; the least that serves if the system refuses that.
  const std::uint32_t generous =
      std::min(room, std::max(segments, std::clamp(old / 8, min_step_segments, max_step_segments)));
  for (const std::uint32_t step : {generous, segments}) {
    const std::uint32_t now = old + step;
    // Each call is idempotent: threads that grow at the same time repeat each other's work.
    if (commit_more(os::Site::tag_commit, tags_, tag_table_bytes(old), tag_table_bytes(now)) &&
        commit_more(os::Site::page_table_commit, slots_, slot_table_bytes(old),
                    slot_table_bytes(now)) &&
        commit_more(os::Site::segment_table_commit, segments_, segment_table_bytes(old),
                    segment_table_bytes(now)) &&
        os::commit(os::Site::arena_commit, page_address(old * segment_pages),
                   step * segment_bytes)) {
      std::uint32_t expected = old;
      if (!frontier_.compare_exchange_acq_rel(expected, now)) return true;
      for (std::uint32_t segment = old; segment < now; ++segment) mark_open(segment);
      return true;
    }
    if (frontier() != old) return true;
  }
  return false;
}

std::size_t Arena::metadata_bytes() const {
  const std::uint32_t segments = frontier();
  return tag_table_bytes(segments) + slot_table_bytes(segments) + segment_table_bytes(segments) +
         open_bytes(segment_count());
}

bool open_arena(std::size_t wanted_bytes) {
  const std::uint32_t count = arena_count.load_relaxed();
  if (count == max_arenas) return false;
  Arena& arena = arenas[count];
  if (!arena.reserve(wanted_bytes != 0 ? wanted_bytes : first_arena_bytes())) return false;
  if (count == 0) {
    // The start-up policy for huge pages: none, until there is enough to fill them.
    os::forbid_huge_pages(os::Site::arena_huge_pages, arena.page_address(0), arena.bytes());
    first_arena_base = arena.base();
    first_arena_tags = arena.tags();
    first_arena_limit = arena.bytes() >> block_shift;
  }
  arena_count.store_release(count + 1);
  return true;
}

}  // namespace hakmem::region
