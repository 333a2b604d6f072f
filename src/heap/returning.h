// returning.h: who returns memory to the system, and when.
//
// Layer heap. Cold. A process with one heap returns memory itself, at the free that makes it fall.
// With more, a helper thread does: it is started while dirty memory is pending, sleeps between
// looks, and ends itself when nothing is left to do. Whoever takes clean pages while too many lie
// dirty returns those himself. Why so: docs/decisions/0001-memory-return.md.
#pragma once

#include <cstddef>

#include "policy/snapshot.h"
#include "region/gauge.h"

namespace hakmem::heap {

// Takes over the policy; `helper_body` is what the helper thread runs, and ends in run_helper().
void configure_returning(const policy::RouteSnapshot& snapshot, void (*helper_body)());

// Whether there may be anything to return: two loads. Asked after pages were given.
inline bool memory_wants_settling() { return region::gauge.wants_settling(); }
// Starts the helper, or says what is to be done at once. No lock is held. `caller` is the code that
// called free, or null in a malloc. The loader's code frees while it holds a lock that starting a
// thread needs: for it no helper is started.
region::Gauge::Verdict settle_memory(const void* caller);

// Whether any memory is to be returned: an option.
bool memory_may_return();

// The rest of return_surplus, once there is something to look at.
void purge_surplus();
// After clean pages may have been taken: purges what lies dirty beyond the bound, also where there
// is a helper. Allocates nothing: may be called where the heap is not consistent.
inline void return_surplus() {
  if (memory_wants_settling()) purge_surplus();
}

// The helper's life, from start to its own end.
void run_helper();

// Drains the inboxes of all heaps into their pages, where no thread is at work (by try-lock).
void drain_all_inboxes();
// Does that, and gives back the memory of partly used pages, likewise. Returns the bytes given
// back.
std::size_t sweep_all_heaps();

// Rings every doorbell and asks each heap to let go of what it keeps.
void ask_all_to_trim();
// How often that was asked; heaps remember the last one they heard.
unsigned trims_asked();

// When an allocation has failed: everything free goes back to the system.
void return_everything();

// In a fork child: no helper, and none before the child's first refill.
void forget_helper();
// The heap of the calling thread refills a bin.
void note_refill();

}  // namespace hakmem::heap
