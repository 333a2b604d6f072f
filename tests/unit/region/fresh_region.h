// fresh_region.h: a region that nobody has used, for each test anew.
#pragma once

#include <gtest/gtest.h>

#include <new>

#include "region/arena.h"
#include "region/gauge.h"
#include "region/pages.h"
#include "unit/fake_os/fake_os.h"

namespace hakmem::region {

// Puts the layer's state back to what it is before start-up.
inline void forget_region() {
  for (Arena& arena : arenas) {
    arena.~Arena();
    new (&arena) Arena();
  }
  arena_count.store_relaxed(0);
  first_arena_base = first_arena_limit = 0;
  first_arena_tags = nullptr;
  gauge.~Gauge();
  new (&gauge) Gauge();
  test::fake_os::reset();
}

class FreshRegion : public testing::Test {
 protected:
  FreshRegion() { forget_region(); }
  ~FreshRegion() override { forget_region(); }
};

// What the gauge counts is what a walk finds.
inline void expect_counts_agree() {
  const PageCensus census = count_pages();
  EXPECT_EQ(census.used, gauge.used_pages());
  EXPECT_EQ(census.dirty, gauge.dirty_pages());
}

}  // namespace hakmem::region
