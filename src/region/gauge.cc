// gauge.cc: the rule for dirty memory.
//
// The falling edge: when memory in use falls below half of its recent peak, and again at each
// further halving, the freeing thread returns all dirty memory but the floor. Each byte is returned
// at most once on the way down, so the cost is that of the fall itself. If the program soon takes
// as much clean memory again, the edge was wrong: it is then silent for a time that doubles with
// each such regret, and one wrong edge per silence is what a breathing program pays.
#include "region/gauge.h"

#include <algorithm>

#include "region/geometry.h"

namespace hakmem::region {

constinit Gauge gauge;

namespace {

constexpr std::uint64_t millisecond = 1'000'000;
constexpr std::uint64_t first_backoff = 250 * millisecond;
constexpr std::uint64_t max_backoff = 8'000 * millisecond;
// Walks follow each other at once only if they find a page for so many segments.
constexpr std::uint64_t segments_per_page = 4;
// Memory that is locked cannot be given back, and may be for long.
constexpr std::uint64_t refusal_pause = 250 * millisecond;

}  // namespace

void Gauge::configure(const policy::RouteSnapshot& snapshot) {
  set_floor(snapshot.dirty_floor_bytes);
  half_life_ = snapshot.decay_milliseconds * millisecond;
}

void Gauge::purged(std::uint32_t cleaned) {
  dirty_.fetch_sub_relaxed(cleaned);
  purged_.fetch_add_relaxed(cleaned);
  purges_.fetch_add_relaxed(1);
}

void Gauge::decay_peak(std::uint64_t now) {
  const std::uint64_t used = used_pages();
  std::uint64_t peak = peak_.load_relaxed();
  if (used >= peak || peak_is_new_.load_relaxed()) {
    peak_is_new_.store_relaxed(false);
    peak = std::max(used, peak);
    peak_.store_relaxed(peak);
    peak_time_.store_relaxed(now);
    edge_.store_relaxed(peak / 2);
    return;
  }
  // An eighth of a half-life at a time: 0.917 = 0.5 ^ (1 / 8).
  const std::uint64_t step = std::max<std::uint64_t>(half_life_ / 8, 1);
  std::uint64_t time = peak_time_.load_relaxed();
  for (unsigned steps = 0; time + step <= now && peak != used && steps < 200; ++steps) {
    peak = used + (peak - used - 1) * 117 / 128;  // minus 1: so that it arrives
    time += step;
  }
  if (time + step <= now) time = now;
  peak_.store_relaxed(peak);
  peak_time_.store_relaxed(time);
}

std::size_t Gauge::bound() const {
  const std::uint64_t used = used_pages();
  const std::uint64_t peak = peak_.load_relaxed();
  return std::max(floor_pages_.load_relaxed(),
                  static_cast<std::size_t>(peak > used ? peak - used : 0));
}

std::size_t Gauge::surplus(std::uint64_t now) {
  decay_peak(now);
  const std::size_t dirty = dirty_pages();
  const std::size_t allowed = bound();
  if (dirty <= allowed) return 0;
  return worth_a_walk(dirty - allowed, now) ? dirty - allowed : 0;
}

bool Gauge::worth_a_walk(std::size_t pages, std::uint64_t now) const {
  if (now < refused_until_.load_relaxed()) return false;
  return now != last_walk_.load_relaxed() ||
         pages * segments_per_page >= walk_segments_.load_relaxed();
}

void Gauge::walked(std::uint64_t now, std::size_t segments, bool refused) {
  last_walk_.store_relaxed(now);
  walk_segments_.store_relaxed(segments);
  refused_until_.store_relaxed(refused ? now + refusal_pause : 0);
}

// Whether what the last edge gave back was wanted again at once.
bool Gauge::regrets(std::uint64_t now) {
  const std::uint64_t given_back = purged_at_edge_.load_relaxed();
  if (given_back == 0) return false;
  const std::uint64_t wanted = clean_taken_.load_relaxed() - clean_at_edge_.load_relaxed();
  purged_at_edge_.store_relaxed(0);
  if (wanted * 2 < given_back) {
    backoff_.store_relaxed(0);
    return false;
  }
  const std::uint64_t backoff = std::clamp(backoff_.load_relaxed() * 2, first_backoff, max_backoff);
  backoff_.store_relaxed(backoff);
  quiet_until_.store_relaxed(now + backoff);
  return true;
}

Gauge::Verdict Gauge::settle(std::uint64_t now, bool synchronous) {
  const std::size_t too_many = surplus(now);
  const std::uint64_t used = used_pages();
  const std::size_t dirty = dirty_pages();
  const std::size_t floor = floor_pages_.load_relaxed();
  Verdict verdict;
  if (synchronous && used <= edge_.load_relaxed() && dirty > floor &&
      now >= refused_until_.load_relaxed()) {
    if (!regrets(now) && now >= quiet_until_.load_relaxed()) {
      verdict.falling = true;
      verdict.purge_pages = dirty - floor;
      clean_at_edge_.store_relaxed(clean_taken_.load_relaxed());
      purged_at_edge_.store_relaxed(verdict.purge_pages);
    }
    edge_.store_relaxed(used / 2);
    if (verdict.falling) return verdict;
  }
  verdict.purge_pages = too_many;
  return verdict;
}

Gauge::Verdict Gauge::settle_at_leisure(std::uint64_t now) {
  decay_peak(now);
  const std::uint64_t clean = clean_taken_.load_relaxed();
  const bool quiet = clean == leisure_clean_.load_relaxed();
  leisure_clean_.store_relaxed(clean);
  const std::size_t dirty = dirty_pages();
  Verdict verdict;
  verdict.falling = quiet && used_pages() <= peak_.load_relaxed() / 2;
  const std::size_t allowed = verdict.falling ? floor_pages_.load_relaxed() : bound();
  if (dirty > allowed) verdict.purge_pages = dirty - allowed;
  return verdict;
}

}  // namespace hakmem::region
