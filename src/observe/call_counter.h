// call_counter.h: counts every call as it comes in and by its path, and checks every free.
//
// Layer observe. The Observer policy of the observe flavour. Written by the heap's thread, or by
// all those at once that share one of the two heaps that stand for having none; read by anyone.
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

  void count(heap::Path path) { paths_[static_cast<unsigned>(path)].fetch_add_relaxed(1); }
  void count(heap::Call call) { calls_[static_cast<unsigned>(call)].fetch_add_relaxed(1); }

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
    return paths_[static_cast<unsigned>(path)].load_relaxed();
  }
  [[nodiscard]] std::uint64_t calls(heap::Call call) const {
    return calls_[static_cast<unsigned>(call)].load_relaxed();
  }

 private:
  std::array<Atomic<std::uint64_t>, static_cast<unsigned>(heap::Path::count)> paths_{};
  std::array<Atomic<std::uint64_t>, static_cast<unsigned>(heap::Call::count)> calls_{};
};

static_assert(heap::ObserverPolicy<CallCounter>);

}  // namespace hakmem::observe
