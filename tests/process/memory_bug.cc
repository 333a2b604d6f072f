// memory_bug.cc: a program with one read of freed memory and one leak, for memcheck to find.
#include <cstdio>
#include <cstdlib>

#include "support.h"

int main() {
  static_cast<void>(process_test::library());
  char* volatile const block = static_cast<char*>(std::malloc(100));
  block[5] = 7;
  std::free(block);
  std::printf("read %d\n", block[5]);  // NOLINT: the bug
  char* volatile leak = static_cast<char*>(std::malloc(4321));
  leak = nullptr;
  return leak == nullptr ? 0 : 1;  // NOLINT: the leak
}
