// remote_direct.h: BOX. Should blocks of other heaps be posted one by one?
//
// Boundary  ThreadHeap::send_home, the only caller of send.
// Baseline  heap::Outbox, batches by destination.
// Claim     none: it is what batching is measured against.
// Cost      a compare-and-swap on the owner's inbox for each block.
// Way back  delete this file and configs/ab/remote_direct.h.
// Evidence  docs/boxes/0001-remote-direct.md
#pragma once

#include "boxes/box.h"
#include "heap/concepts.h"
#include "heap/delivery.h"

namespace hakmem::boxes {

class RemoteDirect {
 public:
  static constexpr Card card{.name = "remote_direct",
                             .boundary = "heap/thread_heap.h send_home",
                             .status = Status::research,
                             .evidence = "docs/boxes/0001-remote-direct.md"};

  void send(region::OwnerKey owner, page::Block* block, std::size_t bytes) {
    heap::hint_at_nothing(*block);
    heap::deliver(owner, {.first = block, .last = block, .count = 1}, bytes);
  }
  void flush() {}
  [[nodiscard]] heap::Held held() const { return {}; }
  void abandon() {}
};

static_assert(heap::RemoteFreePolicy<RemoteDirect>);

}  // namespace hakmem::boxes
