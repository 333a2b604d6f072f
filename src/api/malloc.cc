// malloc.cc: malloc and its kin under the names of C, POSIX and glibc.
//
// Layer api. Only in what replaces the program's malloc. Prototypes are repeated here, not taken
// from libc's headers, which do not know all of them yet (C23) or no longer (cfree).
#include <bit>
#include <cstddef>

#include "api/blocks.h"
#include "base/attributes.h"
#include "base/bits.h"
#include "os/memory.h"

namespace api = hakmem::api;
namespace runtime = hakmem::runtime;
using hakmem::os::os_page_bytes;

extern "C" {

HAKMEM_EXPORT void* malloc(std::size_t bytes) noexcept { return runtime::allocate(bytes); }

HAKMEM_EXPORT void free(void* block) noexcept { runtime::deallocate(block); }

HAKMEM_EXPORT void* calloc(std::size_t count, std::size_t bytes) noexcept {
  return api::allocate_array(count, bytes);
}

HAKMEM_EXPORT void* realloc(void* block, std::size_t bytes) noexcept {
  return api::resize(block, bytes);
}

HAKMEM_EXPORT void* reallocarray(void* block, std::size_t count, std::size_t bytes) noexcept {
  return api::resize_array(block, count, bytes);
}

// A page knows its blocks' size: the caller's word for it is not needed.
HAKMEM_EXPORT void free_sized(void* block, std::size_t /*bytes*/) noexcept {
  runtime::deallocate(block);
}

HAKMEM_EXPORT void free_aligned_sized(void* block, std::size_t /*alignment*/,
                                      std::size_t /*bytes*/) noexcept {
  runtime::deallocate(block);
}

HAKMEM_EXPORT void cfree(void* block) noexcept { runtime::deallocate(block); }

HAKMEM_EXPORT void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return api::allocate_aligned(alignment, bytes);
}

HAKMEM_EXPORT int posix_memalign(void** block, std::size_t alignment, std::size_t bytes) noexcept {
  return api::allocate_aligned(block, alignment, bytes);
}

// As glibc: any alignment is rounded up to a power of two, unless there is none.
HAKMEM_EXPORT void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  constexpr std::size_t largest_power_of_two = ~(~std::size_t{0} >> 1);
  if (alignment > largest_power_of_two) return api::refuse_argument();
  return runtime::allocate_aligned(std::bit_ceil(alignment), bytes);
}

HAKMEM_EXPORT void* valloc(std::size_t bytes) noexcept {
  return runtime::allocate_aligned(os_page_bytes, bytes);
}

// As glibc: whole OS pages.
HAKMEM_EXPORT void* pvalloc(std::size_t bytes) noexcept {
  const std::size_t rounded = hakmem::align_up(bytes, os_page_bytes);
  if (rounded < bytes) return api::refuse_memory();
  return runtime::allocate_aligned(os_page_bytes, rounded);
}

HAKMEM_EXPORT std::size_t malloc_usable_size(void* block) noexcept {
  return runtime::usable_size(block);
}

}  // extern "C"
