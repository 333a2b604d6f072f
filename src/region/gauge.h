// gauge.h: how much memory is in use, how much lies dirty, and how much may.
//
// Layer region. Pages in use and dirty free pages are counted where pages are taken and given. From
// their history comes the bound on dirty memory: a program that breathes keeps what it will need
// again, one whose memory falls for good gives it back. But for the floor, what is in use and what
// lies dirty are together no more than the peak of what was in use.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/atomic.h"
#include "policy/snapshot.h"
#include "region/geometry.h"

namespace hakmem::region {

class Gauge {
 public:
  void configure(const policy::RouteSnapshot& snapshot);

  void taken(std::uint32_t pages, std::uint32_t of_those_dirty) {
    const std::uint64_t used = used_.fetch_add_relaxed(pages) + pages;
    if (used > peak_.load_relaxed()) {
      if (used > highest_.load_relaxed()) highest_.store_relaxed(used);
      peak_.store_relaxed(used);
      peak_is_new_.store_relaxed(true);
    }
    if (of_those_dirty != 0) dirty_.fetch_sub_relaxed(of_those_dirty);
    if (of_those_dirty != pages) clean_taken_.fetch_add_relaxed(pages - of_those_dirty);
  }
  void given(std::uint32_t pages, std::uint32_t of_those_dirty) {
    used_.fetch_sub_relaxed(pages);
    dirty_.fetch_add_relaxed(of_those_dirty);
  }
  // In a fork child: what threads that do not exist there had half done is counted anew.
  void recount(std::size_t used, std::size_t dirty) {
    used_.store_relaxed(used);
    dirty_.store_relaxed(dirty);
  }
  // Pages that are being purged still count as dirty; `cleaned` of them came back clean.
  void purged(std::uint32_t cleaned);

  [[nodiscard]] std::size_t used_pages() const { return used_.load_relaxed(); }
  [[nodiscard]] std::size_t dirty_pages() const { return dirty_.load_relaxed(); }
  [[nodiscard]] std::uint64_t purged_pages() const { return purged_.load_relaxed(); }
  [[nodiscard]] std::uint64_t purge_count() const { return purges_.load_relaxed(); }

  // The most pages ever seen in use, for a moment or longer.
  [[nodiscard]] std::size_t highest_pages() const { return highest_.load_relaxed(); }

  // Cheap: whether settle() has anything to look at. Asked after every give.
  [[nodiscard]] bool wants_settling() const { return dirty_pages() > floor_pages_.load_relaxed(); }

  // What the freeing thread is to do now.
  struct Verdict {
    std::size_t purge_pages = 0;  // return this many dirty pages to the system
    bool falling = false;         // memory falls for good: heaps should let go of what they keep
  };
  // Brings the peak up to date with the time `now` (coarse, nanoseconds) and judges: by the
  // falling edge if `synchronous`, and by the bound.
  Verdict settle(std::uint64_t now, bool synchronous);

  // Returns how many dirty pages are beyond the bound; 0 if they are few and the last walk over the
  // segments was just now, or was refused lately. Also asked where clean pages were taken: they
  // came on top of what lies dirty.
  std::size_t surplus(std::uint64_t now);
  // A purge went over so many segments at `now`; if `refused`, the system took little of it.
  void walked(std::uint64_t now, std::size_t segments, bool refused);

  // The helper's judgement, at its regular wake-ups: purge all but the floor once memory has fallen
  // and nothing was taken for a while; else down to the bound.
  Verdict settle_at_leisure(std::uint64_t now);

  // Free memory that may always stay dirty.
  void set_floor(std::size_t bytes) { floor_pages_.store_relaxed(bytes / page_bytes); }

 private:
  void decay_peak(std::uint64_t now);
  [[nodiscard]] bool worth_a_walk(std::size_t pages, std::uint64_t now) const;
  [[nodiscard]] std::size_t bound() const;
  [[nodiscard]] bool regrets(std::uint64_t now);

  Atomic<std::uint64_t> used_;         // pages taken; any thread
  Atomic<std::uint64_t> dirty_;        // free pages that may be resident; any thread
  Atomic<std::uint64_t> clean_taken_;  // pages ever taken clean; any thread
  Atomic<std::uint64_t> purged_;       // pages ever purged
  Atomic<std::uint64_t> purges_;
  Atomic<std::uint64_t> highest_;  // maximum of used_; a race may cost it a little until the next

  // Judgement: written by whoever settles; a lost update costs a moment's accuracy, so relaxed.
  Atomic<std::uint64_t> peak_;            // decaying maximum of used_
  Atomic<bool> peak_is_new_;              // raised since it was last brought up to date
  Atomic<std::uint64_t> peak_time_;       // when the peak was last brought up to date
  Atomic<std::uint64_t> edge_;            // the falling edge fires when used_ falls below this
  Atomic<std::uint64_t> clean_at_edge_;   // clean_taken_ at that moment
  Atomic<std::uint64_t> purged_at_edge_;  // what the purge then gave back
  Atomic<std::uint64_t> quiet_until_;     // no edge before this: the last one was regretted
  Atomic<std::uint64_t> backoff_;         // how long the next regret silences the edge
  Atomic<std::uint64_t> leisure_clean_;   // clean_taken_ at the helper's last wake-up
  Atomic<std::uint64_t> last_walk_;       // when a purge last went over the segments
  Atomic<std::uint64_t> walk_segments_;   // how many those were
  Atomic<std::uint64_t> refused_until_;   // the system refused; not asked again before this

  Atomic<std::size_t> floor_pages_{16};  // set by start-up and mallopt; read by anyone
  std::uint64_t half_life_ = 500'000'000;
};

extern constinit Gauge gauge;

}  // namespace hakmem::region
