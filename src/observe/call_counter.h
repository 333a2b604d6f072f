// call_counter.h: counts every call by its path, and checks every free.
//
// Layer observe. The Observer policy of the observe flavour. One writer, the heap's thread; read by
// anyone.
#pragma once

#include <array>
#include <cstdint>

#include "base/atomic.h"
#include "heap/bin.h"
#include "heap/concepts.h"
#include "heap/errors.h"
#include "page/page.h"

namespace hakmem::observe {

class CallCounter {
 public:
  static constexpr bool counts = true;

  void count(heap::Path path) { counts_[static_cast<unsigned>(path)].add_by_owner(1); }

  // The tag said where the block goes; the page's metadata must say the same.
  void check_free(const void* block, region::Route route) {
    const region::PageRef ref = region::page_at(block);
    const page::Page& page = page::page_of(ref);
    if (heap::bin_offset(page.class_id) != region::offset_of(route) ||
        !page::is_block_start(page, block)) {
      heap::report_pointer("free", block, "is no block, by its page's metadata");
    }
  }

  [[nodiscard]] std::uint64_t calls(heap::Path path) const {
    return counts_[static_cast<unsigned>(path)].load_relaxed();
  }

 private:
  std::array<Atomic<std::uint64_t>, static_cast<unsigned>(heap::Path::count)> counts_{};
};

static_assert(heap::ObserverPolicy<CallCounter>);

}  // namespace hakmem::observe
