// operators.cc: operator new and delete, every form.
//
// Layer api. Hot. Only in what replaces the program's malloc. The common case is that of malloc and
// free; the rest of new is in operator_failure.cc and is told the address of the code that asked,
// which says whose C++ runtime is to throw.
#include <cstddef>
#include <new>

#include "api/operator_failure.h"
#include "base/attributes.h"
#include "page/size_class.h"
#include "runtime/allocator.h"

namespace {

namespace api = hakmem::api;
namespace runtime = hakmem::runtime;

// These are inlined into operators so that the return address is that of the operator's caller.
// What is not ready in a bin leaves by a tail call: a call in the middle would cost every new a
// frame, because there is work after it should it fail. Sizes above the bins leave before the heap
// is looked at, and the return address is read on the way out: an instruction less each.

[[gnu::always_inline]] inline void* take(std::size_t bytes) {
  if (bytes > hakmem::page::max_linear_bytes) [[unlikely]] {
    return api::allocate_or_throw(bytes, __builtin_return_address(0));
  }
  void* const block = runtime::allocate_ready(bytes);
  if (block == nullptr) [[unlikely]] {
    return api::allocate_or_throw(bytes, __builtin_return_address(0));
  }
  return block;
}

[[gnu::always_inline]] inline void* take_or_null(std::size_t bytes) {
  if (bytes > hakmem::page::max_linear_bytes) [[unlikely]] {
    return api::allocate_or_null(bytes, __builtin_return_address(0));
  }
  void* const block = runtime::allocate_ready(bytes);
  if (block == nullptr) [[unlikely]] {
    return api::allocate_or_null(bytes, __builtin_return_address(0));
  }
  return block;
}

[[gnu::always_inline]] inline void* take(std::size_t bytes, std::align_val_t alignment) {
  return api::allocate_or_throw(bytes, static_cast<std::size_t>(alignment),
                                __builtin_return_address(0));
}

[[gnu::always_inline]] inline void* take_or_null(std::size_t bytes, std::align_val_t alignment) {
  return api::allocate_or_null(bytes, static_cast<std::size_t>(alignment),
                               __builtin_return_address(0));
}

}  // namespace

// ---- new ---------------------------------------------------------------------------------------

HAKMEM_EXPORT void* operator new(std::size_t bytes) { return take(bytes); }

HAKMEM_EXPORT void* operator new[](std::size_t bytes) { return take(bytes); }

HAKMEM_EXPORT void* operator new(std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  return take_or_null(bytes);
}

HAKMEM_EXPORT void* operator new[](std::size_t bytes, const std::nothrow_t& /*tag*/) noexcept {
  return take_or_null(bytes);
}

HAKMEM_EXPORT void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return take(bytes, alignment);
}

HAKMEM_EXPORT void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return take(bytes, alignment);
}

HAKMEM_EXPORT void* operator new(std::size_t bytes, std::align_val_t alignment,
                                 const std::nothrow_t& /*tag*/) noexcept {
  return take_or_null(bytes, alignment);
}

HAKMEM_EXPORT void* operator new[](std::size_t bytes, std::align_val_t alignment,
                                   const std::nothrow_t& /*tag*/) noexcept {
  return take_or_null(bytes, alignment);
}

// ---- delete: a page knows its blocks' size and alignment ----------------------------------------

HAKMEM_EXPORT void operator delete(void* block) noexcept { runtime::deallocate(block); }

HAKMEM_EXPORT void operator delete[](void* block) noexcept { runtime::deallocate(block); }

HAKMEM_EXPORT void operator delete(void* block, std::size_t /*bytes*/) noexcept {
  runtime::deallocate(block);
}

HAKMEM_EXPORT void operator delete[](void* block, std::size_t /*bytes*/) noexcept {
  runtime::deallocate(block);
}

HAKMEM_EXPORT void operator delete(void* block, const std::nothrow_t& /*tag*/) noexcept {
  runtime::deallocate(block);
}

HAKMEM_EXPORT void operator delete[](void* block, const std::nothrow_t& /*tag*/) noexcept {
  runtime::deallocate(block);
}

HAKMEM_EXPORT void operator delete(void* block, std::align_val_t /*alignment*/) noexcept {
  runtime::deallocate(block);
}

HAKMEM_EXPORT void operator delete[](void* block, std::align_val_t /*alignment*/) noexcept {
  runtime::deallocate(block);
}

HAKMEM_EXPORT void operator delete(void* block, std::size_t /*bytes*/,
                                   std::align_val_t /*alignment*/) noexcept {
  runtime::deallocate(block);
}

HAKMEM_EXPORT void operator delete[](void* block, std::size_t /*bytes*/,
                                     std::align_val_t /*alignment*/) noexcept {
  runtime::deallocate(block);
}

HAKMEM_EXPORT void operator delete(void* block, std::align_val_t /*alignment*/,
                                   const std::nothrow_t& /*tag*/) noexcept {
  runtime::deallocate(block);
}

HAKMEM_EXPORT void operator delete[](void* block, std::align_val_t /*alignment*/,
                                     const std::nothrow_t& /*tag*/) noexcept {
  runtime::deallocate(block);
}
