// gauge_test.cc: the rule for dirty memory, fed with times and page counts.
#include "region/gauge.h"

#include <gtest/gtest.h>

namespace hakmem::region {
namespace {

constexpr std::uint64_t millisecond = 1'000'000;
constexpr std::uint64_t half_life = 500 * millisecond;
constexpr std::uint64_t start = 1'000'000 * millisecond;
constexpr std::size_t floor_pages = 16;

class GaugeTest : public testing::Test {
 protected:
  GaugeTest() { gauge_.configure(policy::RouteSnapshot{}); }

  void take_clean(std::uint32_t pages) { gauge_.taken(pages, 0); }
  void give_dirty(std::uint32_t pages) { gauge_.given(pages, pages); }
  // Does what the verdict says, and returns it.
  Gauge::Verdict settle(std::uint64_t now, bool synchronous = true) {
    const Gauge::Verdict verdict = gauge_.settle(now, synchronous);
    if (verdict.purge_pages != 0) gauge_.purged(static_cast<std::uint32_t>(verdict.purge_pages));
    return verdict;
  }
  // Fills to `pages`, falls to half and purges: one falling edge.
  Gauge::Verdict breathe(std::uint32_t pages, std::uint64_t now) {
    const auto missing = static_cast<std::uint32_t>(pages - gauge_.used_pages());
    const auto dirty = static_cast<std::uint32_t>(gauge_.dirty_pages());
    gauge_.taken(missing, std::min(missing, dirty));
    settle(now);
    give_dirty(pages / 2);
    return settle(now);
  }

  Gauge gauge_;
};

TEST_F(GaugeTest, counts_pages_by_what_they_were) {
  gauge_.taken(10, 0);
  gauge_.given(4, 3);
  EXPECT_EQ(gauge_.used_pages(), 6U);
  EXPECT_EQ(gauge_.dirty_pages(), 3U);
  gauge_.taken(3, 2);
  EXPECT_EQ(gauge_.used_pages(), 9U);
  EXPECT_EQ(gauge_.dirty_pages(), 1U);
  gauge_.purged(1);
  EXPECT_EQ(gauge_.dirty_pages(), 0U);
  EXPECT_EQ(gauge_.purged_pages(), 1U);
  EXPECT_EQ(gauge_.purge_count(), 1U);
}

TEST_F(GaugeTest, remembers_the_most_that_was_ever_in_use) {
  EXPECT_EQ(gauge_.highest_pages(), 0U);
  take_clean(100);
  settle(start);
  give_dirty(30);
  settle(start);
  gauge_.taken(20, 20);
  EXPECT_EQ(gauge_.highest_pages(), 100U);
  settle(start + 40 * half_life);
  gauge_.taken(9, 9);
  EXPECT_EQ(gauge_.highest_pages(), 100U) << "it does not sink with time";
  take_clean(2);
  EXPECT_EQ(gauge_.highest_pages(), 101U);
}

TEST_F(GaugeTest, has_nothing_to_settle_up_to_the_floor) {
  take_clean(100);
  give_dirty(floor_pages);
  EXPECT_FALSE(gauge_.wants_settling());
  give_dirty(1);
  EXPECT_TRUE(gauge_.wants_settling());
  gauge_.set_floor(2 * mib);
  EXPECT_FALSE(gauge_.wants_settling());
}

TEST_F(GaugeTest, fires_at_each_halving_and_returns_each_page_once) {
  take_clean(1024);
  EXPECT_FALSE(settle(start).falling);
  std::vector<std::size_t> edges;
  while (gauge_.used_pages() != 0) {
    give_dirty(1);
    const std::size_t dirty = gauge_.dirty_pages();
    const Gauge::Verdict verdict = settle(start);
    if (!verdict.falling) continue;
    edges.push_back(gauge_.used_pages());
    EXPECT_EQ(verdict.purge_pages, dirty - floor_pages);
  }
  EXPECT_EQ(edges, (std::vector<std::size_t>{512, 256, 128, 64, 32, 16, 8, 4, 2, 1, 0}));
  EXPECT_EQ(gauge_.purged_pages(), 1024 - floor_pages);
}

TEST_F(GaugeTest, does_not_fire_above_half_of_the_peak) {
  take_clean(1024);
  settle(start);
  give_dirty(511);
  EXPECT_FALSE(settle(start).falling);
  EXPECT_EQ(gauge_.purged_pages(), 0U);
  give_dirty(1);
  EXPECT_TRUE(settle(start).falling);
}

TEST_F(GaugeTest, leaves_the_edge_to_the_helper_if_there_is_one) {
  take_clean(1024);
  settle(start);
  give_dirty(1000);
  const Gauge::Verdict verdict = settle(start, false);
  EXPECT_FALSE(verdict.falling);
  EXPECT_EQ(verdict.purge_pages, 0U);  // all of it was in use a moment ago
}

TEST_F(GaugeTest, waits_for_dirty_memory_beyond_the_floor) {
  take_clean(40);
  settle(start);
  gauge_.given(24, 10);
  EXPECT_FALSE(settle(start).falling);
  give_dirty(7);
  EXPECT_TRUE(settle(start).falling);
}

TEST_F(GaugeTest, falls_silent_after_a_regret_and_twice_as_long_after_the_next) {
  ASSERT_TRUE(breathe(1000, start).falling);
  std::uint64_t now = start + millisecond;
  for (const std::uint64_t silence : {250, 500, 1000, 2000, 4000, 8000, 8000}) {
    SCOPED_TRACE(silence);
    // What the edge returned is taken again, clean: at the next fall it is regretted.
    EXPECT_FALSE(breathe(1000, now).falling);
    now += (silence - 1) * millisecond;
    EXPECT_FALSE(breathe(1000, now).falling);
    now += 2 * millisecond;
    EXPECT_TRUE(breathe(1000, now).falling);
    now += millisecond;
  }
}

TEST_F(GaugeTest, forgets_its_regrets_once_an_edge_was_right) {
  ASSERT_TRUE(breathe(1000, start).falling);
  std::uint64_t now = start + millisecond;
  EXPECT_FALSE(breathe(1000, now).falling);  // regret: silent for 250 ms
  now += 251 * millisecond;
  EXPECT_TRUE(breathe(1000, now).falling);
  give_dirty(300);
  EXPECT_TRUE(settle(now).falling);  // nothing was taken since: the edge before was right
  now += millisecond;
  EXPECT_FALSE(breathe(1000, now).falling);  // wrong again, and the silence begins at 250 ms
  now += 249 * millisecond;
  EXPECT_FALSE(breathe(1000, now).falling);
  now += 2 * millisecond;
  EXPECT_TRUE(breathe(1000, now).falling);
}

// The bound is read off what must be purged down to it.
TEST_F(GaugeTest, bounds_dirty_memory_by_what_the_peak_may_want_again) {
  take_clean(1000);
  settle(start, false);
  give_dirty(200);
  EXPECT_EQ(settle(start, false).purge_pages, 0U);  // bound: what the peak had more, 200
  gauge_.given(100, 400);  // 600 dirty, 700 in use: bound 300, what the peak had more
  EXPECT_EQ(settle(start, false).purge_pages, 300U);
  EXPECT_EQ(gauge_.dirty_pages(), 300U);
}

TEST_F(GaugeTest, allows_nothing_but_the_floor_at_the_peak) {
  take_clean(1600);
  gauge_.given(0, 300);
  EXPECT_EQ(settle(start, false).purge_pages, 300 - floor_pages);
}

// Clean pages although there were dirty ones: of the wrong shape.
TEST_F(GaugeTest, has_a_surplus_once_clean_pages_come_on_top_of_dirty_ones) {
  take_clean(1000);
  give_dirty(200);
  EXPECT_EQ(gauge_.surplus(start), 0U);
  take_clean(150);
  // The peak has 50 more than is in use.
  EXPECT_EQ(gauge_.surplus(start), 150U);
  take_clean(50);
  EXPECT_EQ(gauge_.surplus(start), 200 - floor_pages);
}

// Of 400 segments, the last time.
TEST_F(GaugeTest, has_a_surplus_at_once_after_a_walk_only_if_another_is_worth_it) {
  take_clean(1000);
  give_dirty(200);
  gauge_.surplus(start);
  gauge_.walked(start, 400, false);
  take_clean(99);
  EXPECT_EQ(gauge_.surplus(start), 0U);
  EXPECT_EQ(gauge_.surplus(start + 1), 99U);
  take_clean(1);
  EXPECT_EQ(gauge_.surplus(start), 100U);
}

TEST_F(GaugeTest, asks_for_nothing_for_a_while_after_a_refusal) {
  take_clean(1000);
  settle(start);
  give_dirty(600);
  gauge_.walked(start, 32, true);
  const std::uint64_t later = start + 250 * millisecond;
  EXPECT_EQ(gauge_.settle(later - 1, true).purge_pages, 0U);
  EXPECT_FALSE(gauge_.settle(later - 1, true).falling);
  EXPECT_EQ(gauge_.surplus(later - 1), 0U);
  EXPECT_TRUE(gauge_.settle(later, true).falling);
}

TEST_F(GaugeTest, always_allows_the_floor) {
  take_clean(20);
  settle(start, false);
  gauge_.given(1, 40);  // what the peak had more is 1
  EXPECT_EQ(settle(start, false).purge_pages, 40 - floor_pages);
}

TEST_F(GaugeTest, forgets_half_of_the_peak_in_a_half_life) {
  constexpr std::uint32_t used = 100;
  constexpr std::uint32_t fallen = 10'000;
  for (unsigned half_lives = 1; half_lives <= 4; ++half_lives) {
    Gauge gauge;
    gauge.configure(policy::RouteSnapshot{});
    gauge.taken(used + fallen, 0);
    gauge.settle(start, false);
    gauge.given(fallen, fallen);
    const std::size_t purge = gauge.settle(start + half_lives * half_life, false).purge_pages;
    const double left = static_cast<double>(fallen - purge) / fallen;
    const double expected = 1.0 / (1U << half_lives);
    EXPECT_NEAR(left, expected, expected * 0.15) << half_lives;
  }
}

TEST_F(GaugeTest, decays_alike_in_one_look_and_in_many) {
  Gauge often;
  often.configure(policy::RouteSnapshot{});
  for (Gauge* gauge : {&gauge_, &often}) {
    gauge->taken(10'000, 0);
    gauge->settle(start, false);
    gauge->given(9'000, 9'000);
  }
  std::size_t purged = 0;
  for (std::uint64_t passed = 10 * millisecond; passed <= 1000 * millisecond;
       passed += 10 * millisecond) {
    const std::size_t purge = often.settle(start + passed, false).purge_pages;
    often.purged(static_cast<std::uint32_t>(purge));
    purged += purge;
  }
  EXPECT_EQ(gauge_.settle(start + 1000 * millisecond, false).purge_pages, purged);
}

// However long it sleeps and whatever the distance, the peak ends at what is in use.
TEST_F(GaugeTest, lets_the_peak_sink_to_what_is_in_use_and_no_further) {
  for (const std::uint32_t used : {0U, 1U, 100U}) {
    for (std::uint32_t above = 1; above <= 2000; above += 1 + above / 8) {
      Gauge gauge;
      gauge.configure(policy::RouteSnapshot{});
      gauge.set_floor(0);
      gauge.taken(used + above, 0);
      gauge.settle(start, false);
      gauge.given(above, above + 1000);
      for (unsigned look = 1; look <= 20; ++look) {
        const std::size_t purge = gauge.settle(start + look * 4 * half_life, false).purge_pages;
        gauge.purged(static_cast<std::uint32_t>(purge));
      }
      EXPECT_LE(gauge.dirty_pages(), used / 16)
          << "in use " << used << ", peak " << above << " above";
    }
  }
}

TEST_F(GaugeTest, keeps_nothing_of_the_past_without_a_half_life) {
  policy::RouteSnapshot lean;
  lean.decay_milliseconds = 0;
  lean.dirty_floor_bytes = 0;
  gauge_.configure(lean);
  take_clean(1000);
  settle(start);
  give_dirty(300);
  EXPECT_EQ(settle(start + millisecond).purge_pages, 300U);
}

TEST_F(GaugeTest, at_leisure_purges_to_the_floor_once_memory_has_fallen_and_is_quiet) {
  take_clean(1000);
  gauge_.settle_at_leisure(start);
  give_dirty(600);
  const Gauge::Verdict verdict = gauge_.settle_at_leisure(start + 100 * millisecond);
  EXPECT_TRUE(verdict.falling);
  EXPECT_EQ(verdict.purge_pages, 600 - floor_pages);
}

TEST_F(GaugeTest, at_leisure_waits_while_clean_pages_are_taken) {
  take_clean(1000);
  gauge_.settle_at_leisure(start);
  give_dirty(600);
  take_clean(1);
  const Gauge::Verdict verdict = gauge_.settle_at_leisure(start + millisecond);
  EXPECT_FALSE(verdict.falling);
  EXPECT_EQ(verdict.purge_pages, 1U);  // down to the bound: what the peak had more, 599
  EXPECT_TRUE(gauge_.settle_at_leisure(start + 2 * millisecond).falling);
}

TEST_F(GaugeTest, at_leisure_holds_to_the_bound_above_half_of_the_peak) {
  take_clean(1000);
  gauge_.settle_at_leisure(start);
  give_dirty(400);
  Gauge::Verdict verdict = gauge_.settle_at_leisure(start + millisecond);
  EXPECT_FALSE(verdict.falling);
  EXPECT_EQ(verdict.purge_pages, 0U);
  verdict = gauge_.settle_at_leisure(start + 4 * half_life);
  EXPECT_FALSE(verdict.falling);
  EXPECT_GT(verdict.purge_pages, 200U);
}

}  // namespace
}  // namespace hakmem::region
