// fork.h: what happens around fork.
//
// Layer runtime. Before: every lock is taken, in a fixed order (shared heap, registry, heaps,
// mapped blocks, arenas), so that the child finds all shared structures whole. A lock that the
// forking thread holds already - fork was called from a signal handler that interrupted it - is
// left to it. In the child: pages and inboxes of other threads' heaps are consistent; their bins
// may be caught between two stores, so they are forgotten, never walked. No live block changes;
// what the bins held is lost and counted; the heaps are parked for the child's threads to come.
#pragma once

#include <cstddef>

namespace hakmem::runtime {

// Has the handlers called around each fork. False if the system refused: a child of a program with
// several threads may then wait for ever for a lock, as it may with any allocator that has none.
bool watch_forks();

// Returns about how many bytes fork children have lost, in this process and its ancestors.
std::size_t abandoned_bytes();

}  // namespace hakmem::runtime
