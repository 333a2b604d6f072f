// tiny_hot.cc: one thread allocates a batch of blocks of one size and frees it in reverse order,
// the best case of every allocator that keeps a stack of free blocks.
//
// Models glibc's bench-malloc-simple, which frees half of a batch in this order and half in that of
// fifo_hot, with 25 to 1600 blocks of 16 to 128 bytes. It differs in one order to a program, in
// writing only both ends of a block, and in that nothing else runs in the same process.
#include "support/hot_batches.h"

int main(int argc, char** argv) {
  return workload::hot_batches_main<workload::FreeOrder::reverse>("tiny_hot", argc, argv);
}
