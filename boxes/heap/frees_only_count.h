// frees_only_count.h: BOX. Should a bin count frees only?
//
// Boundary  ThreadHeap::pop, the only reader of Room::counts_allocations on the hot path.
// Baseline  heap::TwoSidedRoom: malloc +1, free -1.
// Claim     malloc is one read-modify-write shorter.
// Cost      every `capacity` frees the list is walked, even where the bin never fills.
// Way back  delete this file and configs/ab/frees_only_count.h.
// Evidence  docs/boxes/0002-frees-only-count.md
#pragma once

#include "boxes/box.h"
#include "heap/concepts.h"

namespace hakmem::boxes {

struct FreesOnlyCount {
  static constexpr Card card{.name = "frees_only_count",
                             .boundary = "heap/thread_heap.h pop",
                             .status = Status::research,
                             .evidence = "docs/boxes/0002-frees-only-count.md"};
  static constexpr bool counts_allocations = false;
};

static_assert(heap::RoomPolicy<FreesOnlyCount>);

}  // namespace hakmem::boxes
