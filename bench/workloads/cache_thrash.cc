// cache_thrash.cc: threads allocate small blocks at the same time and write them hard: an allocator
// that gives neighbours to several threads makes them share cache lines (active false sharing).
//
// Models cache-thrash of Hoard's benchmarks; how it differs: support/cache_lines.h.
#include "support/cache_lines.h"

int main(int argc, char** argv) {
  return workload::cache_lines_main<workload::FirstBlock::own>("cache_thrash", argc, argv);
}
