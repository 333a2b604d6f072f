// blocks.h: the argument rules that malloc's family and the hak_ functions share.
//
// Layer api. Hot where the functions are inline; refusals leave by tail calls to blocks.cc.
#pragma once

#include <cstddef>

#include "runtime/allocator.h"

namespace hakmem::api {

// Return null with errno = ENOMEM, EINVAL.
[[gnu::cold]] void* refuse_memory();
[[gnu::cold]] void* refuse_argument();
// Frees and returns null.
[[gnu::cold]] void* resize_to_nothing(void* block);

inline void* allocate_array(std::size_t count, std::size_t bytes) {
  std::size_t total = 0;
  if (__builtin_mul_overflow(count, bytes, &total)) [[unlikely]]
    return refuse_memory();
  return runtime::allocate_zeroed(total);
}

inline void* resize(void* block, std::size_t bytes) {
  if (block == nullptr) [[unlikely]]
    return runtime::allocate(bytes);
  if (bytes == 0) [[unlikely]]
    return resize_to_nothing(block);
  return runtime::reallocate(block, bytes);
}

inline void* resize_array(void* block, std::size_t count, std::size_t bytes) {
  std::size_t total = 0;
  if (__builtin_mul_overflow(count, bytes, &total)) [[unlikely]]
    return refuse_memory();
  return resize(block, total);
}

// aligned_alloc of C23: an alignment that is no power of two is refused with EINVAL.
void* allocate_aligned(std::size_t alignment, std::size_t bytes);
// posix_memalign of POSIX: returns the error and leaves errno alone.
int allocate_aligned(void** block, std::size_t alignment, std::size_t bytes);

}  // namespace hakmem::api
