// fifo_hot.cc: one thread allocates a batch of blocks of one size and frees it in the order of
// allocation, so that the next batch comes back in another order than it went. Models one half of
// glibc's bench-malloc-simple, tiny_hot the other; how it differs stands there.
#include "support/hot_batches.h"

int main(int argc, char** argv) {
  return workload::hot_batches_main<workload::FreeOrder::same>("fifo_hot", argc, argv);
}
