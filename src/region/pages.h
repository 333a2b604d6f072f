// pages.h: runs of neighbouring pages, taken and given without a lock.
//
// Layer region. Taking is one compare-and-swap on a segment's word, or on each of several in a row;
// fullest, that is lowest, segments first; dirty pages before clean ones. No lock is held over the
// system calls that grow the arena or purge.
//
// P1  Who holds a page's used bit alone touches the page, its slot and its tag.
// P2  The purge holds the pages it purges, like any other taker.
#pragma once

#include <cstddef>
#include <cstdint>

#include "region/arena.h"

namespace hakmem::region {

// Where a heap takes its pages first: the segment lent to it. Only the heap itself touches it.
struct Lending {
  Arena* arena = nullptr;
  std::uint32_t segment = 0;
  std::uint32_t pages_taken = 0;  // by this heap, ever: a heap with few shares segments
};

struct TakenRun {
  PageRef first;
  bool zeroed = false;  // no page of the run has been written since the system gave it
};

// Takes `pages` neighbouring pages, the first at a multiple of `alignment` (page_bytes to
// segment_bytes). Opens another arena if need be. An empty result: no memory.
TakenRun take_pages(std::uint32_t pages, std::size_t alignment, OwnerKey owner, Lending* lending);

// Takes the `pages` pages right behind `run_end`, or nothing.
bool take_behind(PageRef run_end, std::uint32_t pages, bool& zeroed);

// Gives pages back. Their tags are 0 already. `dirty`: they may have been written.
void give_pages(PageRef first, std::uint32_t pages, bool dirty);

// Returns `pages` dirty free pages to the system, or more where they share a segment, highest
// addresses first. Returns how many. One purge runs at a time: waits for another.
std::size_t purge_pages(std::size_t pages);
// As purge_pages; does nothing if another purge is under way.
void try_purge_pages(std::size_t pages);

// Around fork: no further arena is opened halfway, no segment claimed by a purge.
void lock_for_fork();
void unlock_after_fork();

// Counts for statistics and invariants, by walking: exact when nobody else runs.
struct PageCensus {
  std::size_t used = 0;
  std::size_t dirty = 0;
};
PageCensus count_pages();

}  // namespace hakmem::region
