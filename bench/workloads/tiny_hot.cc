// tiny_hot.cc: one thread allocates a batch of blocks of one size and frees it in reverse order,
// the best case of every allocator that keeps a stack of free blocks.
#include "support/hot_batches.h"

int main(int argc, char** argv) {
  return workload::hot_batches_main<workload::FreeOrder::reverse>("tiny_hot", argc, argv);
}
