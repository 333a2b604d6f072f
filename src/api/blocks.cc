// blocks.cc: what is refused, and aligned blocks.
#include "api/blocks.h"

#include <errno.h>

#include <bit>

namespace hakmem::api {

void* refuse_memory() {
  errno = ENOMEM;
  return nullptr;
}

void* refuse_argument() {
  errno = EINVAL;
  return nullptr;
}

void* resize_to_nothing(void* block) {
  runtime::deallocate(block);
  return nullptr;
}

void* allocate_aligned(std::size_t alignment, std::size_t bytes) {
  if (!std::has_single_bit(alignment)) [[unlikely]]
    return refuse_argument();
  return runtime::allocate_aligned(alignment, bytes);
}

int allocate_aligned(void** block, std::size_t alignment, std::size_t bytes) {
  if (!std::has_single_bit(alignment) || alignment < sizeof(void*)) [[unlikely]]
    return EINVAL;
  const int errno_before = errno;
  void* const result = runtime::allocate_aligned(alignment, bytes);
  errno = errno_before;
  if (result == nullptr) [[unlikely]]
    return ENOMEM;
  *block = result;
  return 0;
}

}  // namespace hakmem::api
