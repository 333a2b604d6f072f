// pages.cc: the search for pages, and giving them back to heaps and system.
#include "region/pages.h"

#include <algorithm>
#include <bit>

#include "os/environment.h"
#include "os/lock.h"
#include "os/memory.h"
#include "region/gauge.h"

namespace hakmem::region {

namespace {

// Serialises the opening of further arenas: rare, and the only search that cannot be repeated.
constinit os::Lock arena_lock;
// One purge at a time: pages that are being purged still count as dirty, and a second purge would
// return as many again.
constinit os::Lock purge_lock;

// A heap that has taken fewer pages than this shares segments with everybody.
constexpr std::uint32_t few_pages = 16;

constexpr std::uint32_t bits_at(unsigned first, unsigned count) {
  return low_bits32(count) << first;
}

// Returns the bits at which `count` set bits of `word` in a row begin.
std::uint32_t starts_of_runs(std::uint32_t word, unsigned count) {
  while (count > 1) {
    const unsigned half = count / 2;
    word &= word >> half;
    count -= half;
  }
  return word;
}

// The page numbers in a segment whose address is a multiple of the alignment.
std::uint32_t aligned_starts(std::size_t alignment) {
  if (alignment <= page_bytes) return ~std::uint32_t{0};
  const unsigned stride = static_cast<unsigned>(std::min(alignment, segment_bytes) / page_bytes);
  std::uint32_t starts = 0;
  for (unsigned page = 0; page < segment_pages; page += stride) starts |= 1U << page;
  return starts;
}

TakenRun taken(Arena& arena, std::uint32_t first_page, std::uint32_t pages, std::uint32_t dirty) {
  gauge.taken(pages, dirty);
  return {{&arena, first_page}, dirty == 0};
}

enum class Want : std::uint8_t { dirty, any };

// Takes a run inside one segment; empty if there is none.
TakenRun take_in_segment(Arena& arena, std::uint32_t index, std::uint32_t pages,
                         std::uint32_t starts, Want want) {
  Segment& segment = arena.segment(index);
  std::uint32_t used = segment.used.load_relaxed();
  for (;;) {
    const std::uint32_t dirty = segment.dirty.load_relaxed();
    std::uint32_t fits = starts_of_runs(~used & dirty, pages) & starts;
    if (fits == 0 && want == Want::any) fits = starts_of_runs(~used, pages) & starts;
    if (fits == 0) return {};
    const auto first = static_cast<unsigned>(std::countr_zero(fits));
    const std::uint32_t mask = bits_at(first, pages);
    if (segment.used.compare_exchange_acq_rel(used, used | mask)) {
      if ((used | mask) == ~std::uint32_t{0}) {
        arena.mark_full(index);
        consider_huge_page(arena, index);
      }
      const auto of_those_dirty =
          static_cast<std::uint32_t>(std::popcount(segment.dirty.load_relaxed() & mask));
      return taken(arena, index * segment_pages + first, pages, of_those_dirty);
    }
  }
}

// Calls visit(segment) for the segments marked open, lowest first, until it returns true.
template <class Visit>
bool visit_open(const Arena& arena, Visit visit) {
  const std::uint32_t frontier = arena.frontier();
  for (std::uint32_t base = 0; base < frontier; base += 64) {
    std::uint64_t word = arena.open_word(base).load_acquire();
    while (word != 0) {
      const std::uint32_t segment = base + static_cast<std::uint32_t>(std::countr_zero(word));
      word &= word - 1;
      if (segment < frontier && visit(segment)) return true;
    }
  }
  return false;
}

TakenRun take_small(Arena& arena, std::uint32_t pages, std::size_t alignment, OwnerKey owner,
                    Lending* lending) {
  const std::uint32_t starts = aligned_starts(alignment);
  const bool picky = lending != nullptr && lending->pages_taken >= few_pages;
  TakenRun result;
  const auto try_segment = [&](std::uint32_t segment, Want want, bool skip_lent) {
    const std::uint16_t lender = arena.segment(segment).lender.load_relaxed();
    if (skip_lent && lender != 0 && lender != number(owner)) return false;
    result = take_in_segment(arena, segment, pages, starts, want);
    if (!result.first) return false;
    if (picky) {
      arena.segment(segment).lender.store_relaxed(number(owner));
      *lending = {&arena, segment, lending->pages_taken};
    }
    return true;
  };
  const auto try_all = [&](Want want, bool skip_lent) {
    return visit_open(arena, [&](std::uint32_t s) { return try_segment(s, want, skip_lent); });
  };
  const bool at_home = picky && lending->arena == &arena;
  if (at_home && try_segment(lending->segment, Want::dirty, true)) return result;
  // What is resident already comes before what is not, wherever it lies.
  if (gauge.dirty_pages() >= pages && try_all(Want::dirty, picky)) return result;
  if (at_home && try_segment(lending->segment, Want::any, true)) return result;
  if (picky && try_all(Want::any, true)) return result;
  // Segments lent to others come before fresh memory only for who is not picky, or once memory is
  // thin: pages in use are fewer than a quarter of those committed.
  const bool thin = gauge.used_pages() * 4 < std::size_t{arena.frontier()} * segment_pages;
  if (!picky || thin) try_all(Want::any, false);
  return result;
}

// Takes whole segments in a row, the last perhaps in part; gives them back if one was just taken.
TakenRun take_segments(Arena& arena, std::uint32_t first, std::uint32_t pages) {
  std::uint32_t dirty = 0;
  std::uint32_t done = 0;
  for (std::uint32_t segment = first; done < pages; ++segment) {
    const std::uint32_t here = std::min<std::uint32_t>(pages - done, segment_pages);
    std::uint32_t expected = 0;
    if (!arena.segment(segment).used.compare_exchange_acq_rel(expected, low_bits32(here))) {
      gauge.taken(done, dirty);
      if (done != 0) give_pages({&arena, first * segment_pages}, done, false);
      return {};
    }
    if (here == segment_pages) arena.mark_full(segment);
    dirty += static_cast<std::uint32_t>(
        std::popcount(arena.segment(segment).dirty.load_relaxed() & low_bits32(here)));
    done += here;
  }
  return taken(arena, first * segment_pages, pages, dirty);
}

TakenRun take_big(Arena& arena, std::uint32_t pages) {
  const auto wanted = static_cast<std::uint32_t>(divide_up(pages, segment_pages));
  TakenRun result;
  std::uint32_t row = 0;  // empty segments in a row up to the one before `next`
  std::uint32_t next = 0;
  visit_open(arena, [&](std::uint32_t segment) {
    if (segment != next || arena.segment(segment).used.load_relaxed() != 0) row = 0;
    next = segment + 1;
    if (arena.segment(segment).used.load_relaxed() != 0) return false;
    if (++row < wanted) return false;
    result = take_segments(arena, segment + 1 - wanted, pages);
    if (!result.first) row = 0;
    return static_cast<bool>(result.first);
  });
  return result;
}

TakenRun take_from(Arena& arena, std::uint32_t pages, std::size_t alignment, OwnerKey owner,
                   Lending* lending) {
  const auto segments = static_cast<std::uint32_t>(divide_up(pages, segment_pages));
  for (;;) {
    const TakenRun run = pages < segment_pages ? take_small(arena, pages, alignment, owner, lending)
                                               : take_big(arena, pages);
    if (run.first) return run;
    if (!arena.grow(segments)) return {};
  }
}

// Clears the claim of the purge on `mask`, of which `cleaned` are clean now.
void end_claim(Arena& arena, std::uint32_t index, std::uint32_t mask, std::uint32_t cleaned) {
  Segment& segment = arena.segment(index);
  segment.dirty.fetch_and_acq_rel(~cleaned);
  segment.used.fetch_and_acq_rel(~mask);
  arena.mark_open(index);
}

// Adds to `refused` the pages that the system would not take.
std::size_t purge_segment(Arena& arena, std::uint32_t index, std::size_t& refused) {
  Segment& segment = arena.segment(index);
  std::uint32_t used = segment.used.load_relaxed();
  std::uint32_t claim;
  do {
    claim = segment.dirty.load_relaxed() & ~used;
    if (claim == 0) return 0;
    // A segment nobody is in is claimed whole: its rows of bits go as well.
    if (used == 0) claim = ~std::uint32_t{0};
  } while (!segment.used.compare_exchange_acq_rel(used, used | claim));
  // Only now are the dirty bits of the claim ours: another purge may have been here in between.
  std::uint32_t cleaned = 0;
  for (std::uint32_t rest = segment.dirty.load_relaxed() & claim; rest != 0;) {
    const auto first = static_cast<unsigned>(std::countr_zero(rest));
    const auto count = static_cast<unsigned>(std::countr_one(rest >> first));
    const std::uint32_t mask = bits_at(first, count);
    if (os::purge(os::Site::free_page_purge, arena.page_address(index * segment_pages + first),
                  count * page_bytes)) {
      cleaned |= mask;
    } else {
      refused += count;
    }
    rest &= ~mask;
  }
  if (claim == ~std::uint32_t{0}) {
    os::purge(os::Site::bit_table_purge, arena.segment_bits(index),
              BlockBits::segment_words * sizeof(std::uint64_t));
  }
  const auto count = static_cast<std::uint32_t>(std::popcount(cleaned));
  end_claim(arena, index, claim, cleaned);
  if (count != 0) gauge.purged(count);
  return count;
}

std::size_t purge_with_lock_held(std::size_t pages) {
  std::size_t purged = 0;
  std::size_t segments = 0;
  std::size_t refused = 0;
  for (std::uint32_t i = arena_count.load_acquire(); i-- > 0 && purged < pages;) {
    for (std::uint32_t segment = arenas[i].frontier(); segment-- > 0 && purged < pages;) {
      purged += purge_segment(arenas[i], segment, refused);
      ++segments;
    }
  }
  gauge.walked(os::coarse_time(), segments, refused > purged);
  return purged;
}

}  // namespace

TakenRun take_pages(std::uint32_t pages, std::size_t alignment, OwnerKey owner, Lending* lending) {
  if (lending != nullptr) ++lending->pages_taken;
  for (std::uint32_t tried = 0;;) {
    const std::uint32_t count = arena_count.load_acquire();
    for (; tried < count; ++tried) {
      const TakenRun run = take_from(arenas[tried], pages, alignment, owner, lending);
      if (run.first) return run;
    }
    const os::LockGuard guard(arena_lock);
    if (arena_count.load_relaxed() == tried && !open_arena(pages * page_bytes)) {
      return {};
    }
  }
}

bool take_behind(PageRef run_end, std::uint32_t pages, bool& zeroed) {
  Arena& arena = *run_end.arena;
  if (std::uint64_t{run_end.index} + pages > std::uint64_t{arena.frontier()} * segment_pages) {
    return false;
  }
  std::uint32_t done = 0;
  std::uint32_t dirty = 0;
  while (done < pages) {
    const std::uint32_t page = run_end.index + done;
    const std::uint32_t index = page / segment_pages;
    const std::uint32_t here = std::min(pages - done, segment_pages - page % segment_pages);
    const std::uint32_t mask = bits_at(page % segment_pages, here);
    Segment& segment = arena.segment(index);
    std::uint32_t used = segment.used.load_relaxed();
    do {
      if ((used & mask) != 0) {
        gauge.taken(done, dirty);
        if (done != 0) give_pages(run_end, done, false);
        return false;
      }
    } while (!segment.used.compare_exchange_acq_rel(used, used | mask));
    if ((used | mask) == ~std::uint32_t{0}) arena.mark_full(index);
    dirty += static_cast<std::uint32_t>(std::popcount(segment.dirty.load_relaxed() & mask));
    done += here;
  }
  gauge.taken(pages, dirty);
  zeroed = dirty == 0;
  return true;
}

void give_pages(PageRef first, std::uint32_t pages, bool dirty) {
  Arena& arena = *first.arena;
  for (std::uint32_t done = 0; done < pages;) {
    const std::uint32_t page = first.index + done;
    const std::uint32_t index = page / segment_pages;
    const std::uint32_t here = std::min(pages - done, segment_pages - page % segment_pages);
    const std::uint32_t mask = bits_at(page % segment_pages, here);
    Segment& segment = arena.segment(index);
    if (dirty) segment.dirty.fetch_or_acq_rel(mask);
    // Counted before anybody can take them: counts never fall below what is there.
    gauge.given(here,
                static_cast<std::uint32_t>(std::popcount(segment.dirty.load_relaxed() & mask)));
    const std::uint32_t before = segment.used.fetch_and_acq_rel(~mask);
    if (before == mask) segment.lender.store_relaxed(0);
    arena.mark_open(index);
    done += here;
  }
}

std::size_t purge_pages(std::size_t pages) {
  // Called by a signal handler that interrupted a purge.
  if (purge_lock.held_by_me()) return 0;
  const os::LockGuard guard(purge_lock);
  return purge_with_lock_held(pages);
}

void try_purge_pages(std::size_t pages) {
  if (!purge_lock.try_lock()) return;
  purge_with_lock_held(pages);
  purge_lock.unlock();
}

void lock_for_fork() {
  arena_lock.lock_for_fork();
  purge_lock.lock_for_fork();
}
void unlock_after_fork() {
  purge_lock.unlock_after_fork();
  arena_lock.unlock_after_fork();
}

PageCensus count_pages() {
  PageCensus census;
  for (std::uint32_t i = 0; i < arena_count.load_acquire(); ++i) {
    for (std::uint32_t s = 0; s < arenas[i].frontier(); ++s) {
      const std::uint32_t used = arenas[i].segment(s).used.load_acquire();
      census.used += static_cast<unsigned>(std::popcount(used));
      census.dirty +=
          static_cast<unsigned>(std::popcount(arenas[i].segment(s).dirty.load_acquire() & ~used));
    }
  }
  return census;
}

}  // namespace hakmem::region
