// arena.cc: reserving an arena and moving its frontier.
#include "region/arena.h"

#include <algorithm>

#include "build_config.h"
#include "os/environment.h"
#include "os/memory.h"
#include "region/gauge.h"

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
std::size_t bit_table_bytes(std::size_t segments) {
  return segments * BlockBits::segment_words * sizeof(std::uint64_t);
}
std::size_t open_bytes(std::size_t segments) {
  return align_up(divide_up(segments, 64) * sizeof(std::uint64_t), os::os_page_bytes);
}
std::size_t segment_table_bytes(std::size_t segments) {
  return align_up(segments * sizeof(Segment), os::os_page_bytes);
}

// As large as could ever be used, but half of what is left under a limit.
std::size_t arena_bytes_by_machine() {
  const std::size_t by_memory = os::physical_bytes() * arena_per_physical;
  const std::size_t by_limit = os::address_space_left() / 2;
  return std::min({max_arena_bytes, by_memory, by_limit});
}

constinit policy::HugePages huge_pages = policy::HugePages::automatic;

// Below this much in use huge pages cost more memory than they save time.
constexpr std::size_t huge_page_floor_bytes = 64 * mib;

// The system's setting, asked once: 0 not yet, 1 huge pages for everybody, 2 not so.
constinit Atomic<unsigned> system_setting;

bool system_always_wants_huge_pages() {
  if (system_setting.load_relaxed() == 0) {
    char text[64];
    const bool always =
        os::read_small_file("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof(text)) &&
        text[0] == '[';
    system_setting.store_relaxed(always ? 1 : 2);
  }
  return system_setting.load_relaxed() == 1;
}

constexpr std::size_t last_arena_bytes = 1 * gib;

// Makes [old_bytes, new_bytes) of a table writable; both are rounded up to OS pages already.
bool commit_more(os::Site site, void* table, std::size_t old_bytes, std::size_t new_bytes) {
  if (new_bytes == old_bytes) return true;
  return os::commit(site, static_cast<std::byte*>(table) + old_bytes, new_bytes - old_bytes);
}

}  // namespace

bool Arena::reserve_tables() {
  const std::uint32_t segments = segment_count();
  const std::size_t open = open_bytes(segments);
  void* const tags = os::reserve_readable(os::Site::tag_reserve, tag_table_bytes(segments));
  void* const slots =
      os::reserve(os::Site::page_table_reserve, slot_table_bytes(segments), os::os_page_bytes);
  void* const bits =
      os::reserve(os::Site::bit_table_reserve, bit_table_bytes(segments), os::os_page_bytes);
  void* const states = os::reserve(os::Site::segment_table_reserve,
                                   open + segment_table_bytes(segments), os::os_page_bytes);
  if (tags != nullptr && slots != nullptr && bits != nullptr && states != nullptr &&
      os::commit(os::Site::segment_table_commit, states, open)) {
    tags_ = static_cast<PageTag*>(tags);
    slots_ = static_cast<PageSlot*>(slots);
    bits_ = static_cast<std::uint64_t*>(bits);
    open_ = static_cast<Atomic<std::uint64_t>*>(states);
    segments_ = reinterpret_cast<Segment*>(static_cast<std::byte*>(states) + open);
    return true;
  }
  const auto give_back = [](void* table, std::size_t bytes) {
    if (table != nullptr) os::release(table, bytes);
  };
  give_back(tags, tag_table_bytes(segments));
  give_back(slots, slot_table_bytes(segments));
  give_back(bits, bit_table_bytes(segments));
  give_back(states, open + segment_table_bytes(segments));
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
        commit_more(os::Site::bit_table_commit, bits_, bit_table_bytes(old),
                    bit_table_bytes(now)) &&
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
  return tag_table_bytes(segments) + slot_table_bytes(segments) + bit_table_bytes(segments) +
         segment_table_bytes(segments) + open_bytes(segment_count());
}

void set_huge_pages(policy::HugePages wanted) { huge_pages = wanted; }

void consider_huge_page(Arena& arena, std::uint32_t index) {
  Segment& segment = arena.segment(index);
  if (huge_pages != policy::HugePages::automatic || segment.dense.load_relaxed() ||
      gauge.used_pages() * page_bytes < huge_page_floor_bytes ||
      !system_always_wants_huge_pages()) {
    return;
  }
  segment.dense.store_relaxed(true);
  os::allow_huge_pages(os::Site::huge_page_promote, arena.page_address(index * segment_pages),
                       segment_bytes);
}

bool open_arena(std::size_t wanted_bytes) {
  const std::uint32_t count = arena_count.load_relaxed();
  if (count == max_arenas) return false;
  std::size_t bytes = arena_bytes_by_machine();
  // A tight limit may be raised: the last place in the table is kept for the arena after that.
  if (count + 1 == max_arenas && bytes < last_arena_bytes) return false;
  if (count == 0) {
    if constexpr (build::first_arena_mib != 0) bytes = build::first_arena_mib * mib;
    if (wanted_bytes != 0) bytes = wanted_bytes;
  } else if (bytes < wanted_bytes) {
    return false;
  }
  Arena& arena = arenas[count];
  if (!arena.reserve(bytes)) return false;
  if (huge_pages == policy::HugePages::always) {
    os::allow_huge_pages(os::Site::huge_page_promote, arena.page_address(0), arena.bytes());
  } else {
    // None, until there is enough to fill them.
    os::forbid_huge_pages(os::Site::arena_huge_pages, arena.page_address(0), arena.bytes());
  }
  if (count == 0) {
    first_arena_base = arena.base();
    first_arena_tags = arena.tags();
    first_arena_limit = arena.bytes() >> block_shift;
  }
  arena_count.store_release(count + 1);
  return true;
}

}  // namespace hakmem::region
