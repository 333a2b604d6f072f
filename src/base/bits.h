// bits.h: arithmetic on sizes and addresses that <bit> does not have.
//
// Layer base. Pure functions, constexpr, no preconditions but those named.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace hakmem {

inline constexpr std::size_t kib = std::size_t{1} << 10;
inline constexpr std::size_t mib = std::size_t{1} << 20;
inline constexpr std::size_t gib = std::size_t{1} << 30;

// Returns `value` rounded up to a multiple of `alignment`, a power of two. Wraps past the maximum.
constexpr std::size_t align_up(std::size_t value, std::size_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

// Returns `value` rounded down to a multiple of `alignment`, a power of two.
constexpr std::size_t align_down(std::size_t value, std::size_t alignment) {
  return value & ~(alignment - 1);
}

constexpr bool is_aligned(std::size_t value, std::size_t alignment) {
  return (value & (alignment - 1)) == 0;
}

constexpr std::size_t divide_up(std::size_t value, std::size_t divisor) {
  return (value + divisor - 1) / divisor;
}

// Returns a word whose `count` low bits are set, for 0 <= count <= 32 or 64.
constexpr std::uint32_t low_bits32(unsigned count) {
  return count >= 32 ? ~std::uint32_t{0} : (std::uint32_t{1} << count) - 1;
}
constexpr std::uint64_t low_bits64(unsigned count) {
  return count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
}

// Returns `value` as something the compiler knows nothing of. No instruction. An address computed
// from it is not shared with one computed before, and so becomes part of the access that uses it.
inline std::size_t unshared(std::size_t value) {
  asm("" : "+r"(value));
  return value;
}

inline std::uintptr_t address_of(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

}  // namespace hakmem
