// malloc_information.cc: glibc's calls about the allocator as a whole.
//
// Layer api. Cold. Only in what replaces the program's malloc. glibc's figures are mapped to the
// nearest of ours: there is one arena, and no block is counted as mmapped.
#include <errno.h>
#include <malloc.h>
#include <stdio.h>

#include <algorithm>
#include <limits>

#include "api/blocks.h"
#include "base/attributes.h"
#include "base/print.h"

namespace {

using hakmem::Printer;
using hakmem::observe::Statistics;
namespace runtime = hakmem::runtime;

constexpr int standard_error = 2;

struct mallinfo2 glibc_figures() {
  Statistics statistics;
  runtime::read_statistics(statistics);
  const std::size_t in_use = statistics.live_bytes;
  struct mallinfo2 figures = {};
  figures.arena =
      std::max(statistics.page_bytes + statistics.large_bytes + statistics.dirty_bytes, in_use);
  figures.uordblks = in_use;
  figures.fordblks = figures.arena - in_use;
  figures.keepcost = statistics.dirty_bytes;
  return figures;
}

// The older structure has no room for more.
int as_int(std::size_t figure) {
  constexpr std::size_t largest = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(figure, largest));
}

}  // namespace

extern "C" {

// Both thresholds act; glibc's other parameters have nothing to act on here.
HAKMEM_EXPORT int mallopt(int parameter, int value) noexcept {
  switch (parameter) {
    case M_TRIM_THRESHOLD:
      // -1 means never, as the largest size does.
      runtime::set_trim_threshold(static_cast<std::size_t>(value));
      return 1;
    case M_MMAP_THRESHOLD:
      if (value < 0) return 0;
      runtime::set_mmap_threshold(static_cast<std::size_t>(value));
      return 1;
    case M_MXFAST:
    case M_NLBLKS:
    case M_GRAIN:
    case M_KEEP:
    case M_TOP_PAD:
    case M_MMAP_MAX:
    case M_CHECK_ACTION:
    case M_PERTURB:
    case M_ARENA_TEST:
    case M_ARENA_MAX:
      return 1;
    default:
      return 0;
  }
}

HAKMEM_EXPORT int malloc_trim(std::size_t keep_bytes) noexcept {
  return runtime::trim(keep_bytes) ? 1 : 0;
}

HAKMEM_EXPORT struct mallinfo2 mallinfo2() noexcept { return glibc_figures(); }

HAKMEM_EXPORT struct mallinfo mallinfo() noexcept {
  const struct mallinfo2 figures = glibc_figures();
  struct mallinfo narrow = {};
  narrow.arena = as_int(figures.arena);
  narrow.uordblks = as_int(figures.uordblks);
  narrow.fordblks = as_int(figures.fordblks);
  narrow.keepcost = as_int(figures.keepcost);
  return narrow;
}

// glibc's elements where ours mean the same, and our own figures as elements of their own.
HAKMEM_EXPORT int malloc_info(int options, FILE* stream) noexcept {
  if (options != 0) return EINVAL;
  Statistics statistics;
  runtime::read_statistics(statistics);
  const struct mallinfo2 figures = glibc_figures();
  Printer text;
  text << "<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n</sizes>\n"
       << "<total type=\"fast\" count=\"0\" size=\"" << statistics.kept_bytes << "\"/>\n"
       << "<total type=\"rest\" count=\"0\" size=\"" << figures.fordblks << "\"/>\n"
       << "<system type=\"current\" size=\"" << figures.arena << "\"/>\n"
       << "<aspace type=\"total\" size=\"" << statistics.committed_bytes << "\"/>\n</heap>\n";
  fputs(text.text(), stream);
  text.clear();
  text << "<live count=\"" << statistics.live_blocks << "\" size=\"" << statistics.live_bytes
       << "\"/>\n<pages size=\"" << statistics.page_bytes << "\"/>\n<large size=\""
       << statistics.large_bytes << "\"/>\n<dirty size=\"" << statistics.dirty_bytes
       << "\"/>\n<metadata size=\"" << statistics.metadata_bytes << "\"/>\n<heaps count=\""
       << statistics.heap_count << "\" parked=\"" << statistics.parked_heap_count
       << "\"/>\n</malloc>\n";
  fputs(text.text(), stream);
  return 0;
}

HAKMEM_EXPORT void malloc_stats() noexcept { runtime::print_statistics(standard_error); }

}  // extern "C"
