// cache_scratch.cc: main allocates a block for each thread, side by side; each thread frees its own
// and goes on with blocks of the same size: an allocator that gives it main's block again keeps the
// threads on one cache line (passive false sharing).
//
// Models cache-scratch of Hoard's benchmarks; how it differs: support/cache_lines.h.
#include "support/cache_lines.h"

int main(int argc, char** argv) {
  return workload::cache_lines_main<workload::FirstBlock::from_main>("cache_scratch", argc, argv);
}
