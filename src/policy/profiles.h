// profiles.h: what HAKMEM_PROFILE chooses between.
//
// Layer policy. A profile is a whole RouteSnapshot; options then change single fields of it.
// Balanced is the snapshot's own initial value. Names are compared without regard to case.
#pragma once

#include <array>

#include "policy/snapshot.h"
#include "policy/text.h"

namespace hakmem::policy {

inline constexpr unsigned profile_count = 3;

struct ProfileName {
  Text<32> name;
  Profile profile;
  bool available;  // false: a name people know, for a profile that this version does not have
};

// Each profile's short name first, in the order of the enum; then every other name it answers to.
inline constexpr std::array<ProfileName, 8> profile_names = {{
    {"balanced", Profile::balanced, true},
    {"speed", Profile::speed, true},
    {"lean", Profile::lean, true},
    {"MIXED_TINYV3_C7_BALANCED", Profile::balanced, true},
    {"MIXED_TINYV3_C7_SAFE", Profile::speed, true},
    {"mid", Profile::balanced, false},
    {"C6_HEAVY_LEGACY_POOLV1", Profile::balanced, false},
    {"learn", Profile::balanced, false},
}};

// What each profile trades, in the order of the enum.
inline constexpr std::array<Text<96>, profile_count> profile_trades = {{
    {"thread-local bins with modest budgets, memory returned as it falls"},
    {"large budgets, whole batches from the first refill on, memory returned late"},
    {"page-exact lanes everywhere, nothing kept that nobody uses"},
}};

constexpr RouteSnapshot profile_snapshot(Profile profile) {
  RouteSnapshot snapshot;
  snapshot.profile = profile;
  switch (profile) {
    case Profile::balanced:
      break;
    case Profile::speed:
      snapshot.heap_budget_bytes = 2 * mib;
      snapshot.heap_kept_percent = 50;
      snapshot.foreign_budget_bytes = 512 * kib;
      snapshot.inbox_bytes = 256 * kib;
      snapshot.spare_pages = 8;
      snapshot.dirty_floor_bytes = 8 * mib;
      snapshot.decay_milliseconds = 2000;
      snapshot.prewarm = true;
      break;
    case Profile::lean:
      snapshot.lanes.fill(Lane::core);
      snapshot.heap_budget_bytes = 32 * kib;
      snapshot.heap_kept_percent = 0;
      snapshot.foreign_budget_bytes = 32 * kib;
      snapshot.outbox_bytes = 4 * kib;
      snapshot.inbox_bytes = 16 * kib;
      snapshot.spare_pages = 0;
      snapshot.dirty_floor_bytes = 0;
      snapshot.decay_milliseconds = 0;
      break;
  }
  return snapshot;
}

}  // namespace hakmem::policy
