// hakmem.hpp: hakmem's blocks for the containers of C++17 and later.
//
//   std::vector<int, hakmem::allocator<int>> values;        // an allocator, stateless
//   hakmem::memory_resource resource;                       // the same for std::pmr
//   std::pmr::vector<int> more(&resource);
//
// Header only, over the hak_* functions of hakmem.h: link `hakmem::api` (malloc stays libc's) or
// `hakmem::hakmem`. Without memory the new-handler is called, then std::bad_alloc thrown, as by
// operator new.
#ifndef HAKMEM_HPP
#define HAKMEM_HPP

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <new>
#include <type_traits>

#if __has_include(<memory_resource>)
#include <memory_resource>
#endif

#include "hakmem.h"

namespace hakmem {

namespace detail {

inline constexpr std::size_t block_alignment = 16;  // of every block, says hakmem.h

template <class Exception>
[[noreturn]] void fail() {
#if defined(__cpp_exceptions)
  throw Exception();
#else
  std::abort();
#endif
}

inline void* take(std::size_t bytes, std::size_t alignment) {
  for (;;) {
    void* const block =
        alignment <= block_alignment ? hak_malloc(bytes) : hak_aligned_alloc(alignment, bytes);
    if (block != nullptr) return block;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) fail<std::bad_alloc>();
    handler();
  }
}

}  // namespace detail

// Allocator of the standard containers. All are equal: a block of one may go to any other.
template <class T>
class allocator {  // NOLINT(readability-identifier-naming): named as those of the standard library
 public:
  using value_type = T;
  using is_always_equal = std::true_type;
  using propagate_on_container_move_assignment = std::true_type;

  constexpr allocator() noexcept = default;
  template <class U>
  constexpr allocator(const allocator<U>& /*other*/) noexcept {}  // NOLINT: containers rebind

  [[nodiscard]] T* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / value_bytes) {
      detail::fail<std::bad_array_new_length>();
    }
    return static_cast<T*>(detail::take(count * value_bytes, alignof(T)));
  }

  void deallocate(T* block, std::size_t /*count*/) noexcept { hak_free(block); }

 private:
  static constexpr std::size_t value_bytes = sizeof(T);  // NOLINT: of a pointer, if T is one
};

template <class T, class U>
constexpr bool operator==(const allocator<T>& /*a*/, const allocator<U>& /*b*/) noexcept {
  return true;
}

template <class T, class U>
constexpr bool operator!=(const allocator<T>& /*a*/, const allocator<U>& /*b*/) noexcept {
  return false;
}

#if __has_include(<memory_resource>)

// Memory resource of std::pmr. It holds nothing; any two are equal.
class memory_resource final  // NOLINT(readability-identifier-naming)
    : public std::pmr::memory_resource {
 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    return detail::take(bytes, alignment);
  }

  void do_deallocate(void* block, std::size_t /*bytes*/, std::size_t /*alignment*/) override {
    hak_free(block);
  }

  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
#if defined(__cpp_rtti)
    return dynamic_cast<const memory_resource*>(&other) != nullptr;
#else
    return this == &other;
#endif
  }
};

#endif

}  // namespace hakmem

#endif  // HAKMEM_HPP
