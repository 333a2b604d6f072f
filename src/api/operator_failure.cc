// operator_failure.cc: the new-handler loop.
#include "api/operator_failure.h"

#include <bit>

#include "api/operator_runtime.h"
#include "os/environment.h"
#include "os/report.h"
#include "runtime/allocator.h"

namespace hakmem::api {

namespace {

// An alignment of 0 stands for that of every block.
void* allocate(std::size_t bytes, std::size_t alignment) {
  return alignment == 0 ? runtime::allocate(bytes) : runtime::allocate_aligned(alignment, bytes);
}

[[gnu::cold]] void* throw_bad_alloc(const CxxRuntime& cxx, std::size_t bytes) {
  cxx.throw_bad_alloc();
  os::ReportLine() << "operator new: no memory for " << bytes
                   << " bytes, and no C++ runtime was found that could throw std::bad_alloc";
  os::abort_process();
}

[[gnu::cold, gnu::noinline]] void* retry_or_throw(std::size_t bytes, std::size_t alignment,
                                                  const void* caller) {
  const CxxRuntime cxx = find_cxx_runtime(caller);
  for (;;) {
    NewHandler* const handler = cxx.new_handler();
    if (handler == nullptr) return throw_bad_alloc(cxx, bytes);
    handler();
    if (void* const block = allocate(bytes, alignment)) return block;
  }
}

[[gnu::cold, gnu::noinline]] void* retry_or_null(std::size_t bytes, std::size_t alignment,
                                                 const void* caller) {
  const CxxRuntime cxx = find_cxx_runtime(caller);
  for (;;) {
    NewHandler* const handler = cxx.new_handler();
    if (handler == nullptr || !cxx.call_caught(handler)) return nullptr;
    if (void* const block = allocate(bytes, alignment)) return block;
  }
}

}  // namespace

void* allocate_or_throw(std::size_t bytes, const void* caller) {
  if (void* const block = runtime::allocate(bytes)) [[likely]]
    return block;
  return retry_or_throw(bytes, 0, caller);
}

void* allocate_or_null(std::size_t bytes, const void* caller) {
  if (void* const block = runtime::allocate(bytes)) [[likely]]
    return block;
  return retry_or_null(bytes, 0, caller);
}

void* allocate_or_throw(std::size_t bytes, std::size_t alignment, const void* caller) {
  if (!std::has_single_bit(alignment)) [[unlikely]] {
    return throw_bad_alloc(find_cxx_runtime(caller), bytes);
  }
  if (void* const block = runtime::allocate_aligned(alignment, bytes)) [[likely]]
    return block;
  return retry_or_throw(bytes, alignment, caller);
}

void* allocate_or_null(std::size_t bytes, std::size_t alignment, const void* caller) {
  if (!std::has_single_bit(alignment)) [[unlikely]]
    return nullptr;
  if (void* const block = runtime::allocate_aligned(alignment, bytes)) [[likely]]
    return block;
  return retry_or_null(bytes, alignment, caller);
}

}  // namespace hakmem::api
