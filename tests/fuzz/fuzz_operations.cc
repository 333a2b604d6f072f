// fuzz_operations.cc: the entry that libFuzzer calls with inputs of its own making.
#include <cstddef>
#include <cstdint>

#include "fuzz/operations.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  constexpr std::size_t operations_per_check = 64;
  fuzz::run_operations(bytes, count, operations_per_check);
  return 0;
}
