// snapshot.h: every decision of the policy, frozen.
//
// Layer policy. Plain data, built once at start-up from the profile and the options (make_snapshot,
// a pure function) and never changed after; heaps copy what they need on their cold path.
// The initial value is what holds before the options have been read: the balanced profile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bits.h"

namespace hakmem::policy {

// How a class is served: where its ready blocks wait and which way a free goes.
enum class Lane : std::uint8_t {
  ultra,  // thread-local bins, batches, no page metadata touched
  core,   // page-exact: a free goes to its page at once, a malloc takes from it
};

// The coarse size bands that options and statistics speak of: C0..C7, then the pool.
inline constexpr unsigned band_count = 9;
inline constexpr unsigned pool_band = 8;

enum class Profile : std::uint8_t { balanced, speed, lean };
enum class OnError : std::uint8_t { ignore, report, abort };
enum class HugePages : std::uint8_t { automatic, never, always };

struct RouteSnapshot {
  Profile profile = Profile::balanced;           // what the rest was before options changed it
  std::array<Lane, band_count> lanes{};          // by band; default all ultra
  std::size_t heap_budget_bytes = 256 * kib;     // blocks kept in one heap's bins and depots
  unsigned heap_kept_percent = 16;               // or so much of its pages, if that is more
  std::size_t foreign_budget_bytes = 128 * kib;  // blocks in one heap's outbox
  std::size_t outbox_bytes = 16 * kib;           // of those, blocks for one owner
  std::size_t inbox_bytes = 64 * kib;            // beyond this a poster rings the owner's doorbell
  unsigned spare_pages = 2;                      // empty pages a heap keeps
  std::size_t dirty_floor_bytes = 1 * mib;       // free memory that may always stay dirty
  unsigned decay_milliseconds = 500;             // half-life of the recent peak of live memory
  bool purge = true;                             // return memory without being asked
  bool helper = true;                            // a helper thread may return it
  bool adaptive_home = true;                     // classes may turn from KEEP to HOME and back
  bool prewarm = false;                          // first refills take whole batches
  bool print_statistics = false;                 // at exit
  HugePages huge_pages = HugePages::automatic;
  OnError on_error = OnError::report;
  std::size_t arena_bytes = 0;  // 0: sized by the machine
};

}  // namespace hakmem::policy
