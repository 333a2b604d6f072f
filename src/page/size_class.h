// size_class.h: the sizes that blocks have.
//
// Layer page. Linear by 16 bytes to 1 KiB, so that the rounded size is the class. Then each
// doubling goes up by eighths, and has one class more, just above the power of two, for what is a
// power of two and a header: of that size fifteen fit where sixteen of the power did. Class 0
// serves malloc(0): it has blocks of its own, so that no path asks for it.
//
// S1  A block of a power-of-two class is naturally aligned: runs start at page boundaries.
// S2  class_of(bytes) is the smallest class that holds `bytes`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bits.h"
#include "policy/snapshot.h"
#include "region/geometry.h"

namespace hakmem::page {

using ClassId = std::uint8_t;

inline constexpr std::size_t class_step = 16;
inline constexpr std::size_t max_linear_bytes = 1024;
inline constexpr unsigned linear_classes = max_linear_bytes / class_step + 1;
inline constexpr unsigned steps_per_doubling = 8;
static_assert(steps_per_doubling >= 8, "worst internal waste 12.5 %, where peers live with 20 %");
inline constexpr unsigned classes_per_doubling = steps_per_doubling + 1;
inline constexpr std::size_t max_pool_bytes = 52 * kib;
inline constexpr unsigned class_count = linear_classes + 5 * classes_per_doubling + 6;
static_assert(class_count <= 256, "a class is a byte");

struct SizeClass {
  std::uint32_t block_bytes;
  std::uint32_t reciprocal;  // ceil(2^32 / block_bytes): see block_index
  std::uint16_t capacity;    // blocks in a run
  std::uint8_t run_pages;
  std::uint8_t granule_shift;  // a run is carved and swept by granules of 1 << this
  std::uint8_t band;           // C0..C7, pool
};

inline constexpr unsigned granules_per_run = 64;
inline constexpr unsigned blocks_worth_a_run = 8;

namespace detail {

constexpr std::size_t block_bytes_of(unsigned id) {
  if (id == 0) return class_step;
  if (id < linear_classes) return id * class_step;
  const unsigned pool = id - linear_classes;
  const std::size_t power = max_linear_bytes << (pool / classes_per_doubling);
  const unsigned step = pool % classes_per_doubling;
  if (step == 0) return align_down(power * 16 / 15, class_step);
  return power + power / steps_per_doubling * step;
}

constexpr std::array<ClassId, max_pool_bytes / class_step> assign_classes() {
  std::array<ClassId, max_pool_bytes / class_step> table{};
  ClassId id = 1;
  for (unsigned i = 0; i < table.size(); ++i) {
    if ((i + 1) * class_step > block_bytes_of(id)) ++id;
    table[i] = id;
  }
  return table;
}
// By (bytes - 1) / 16. 3 KiB that are read in few places: sizes repeat.
inline constexpr auto assigned_classes = assign_classes();

constexpr std::uint8_t band_of(std::size_t bytes) {
  constexpr std::array<std::size_t, policy::pool_band> limits = {8,   16,  32,  64,
                                                                 128, 256, 768, 1024};
  for (unsigned band = 0; band < limits.size(); ++band) {
    if (bytes <= limits[band]) return static_cast<std::uint8_t>(band);
  }
  return policy::pool_band;
}

// The shortest run that holds eight blocks or wastes at most a sixteenth.
constexpr unsigned run_pages_of(std::size_t block_bytes) {
  for (unsigned pages = 1;; ++pages) {
    const std::size_t run_bytes = pages * region::page_bytes;
    const std::size_t blocks = run_bytes / block_bytes;
    const std::size_t waste = run_bytes - blocks * block_bytes;
    if (blocks >= blocks_worth_a_run || (blocks > 0 && waste * 16 <= run_bytes)) return pages;
  }
}

constexpr SizeClass describe(unsigned id) {
  SizeClass result{};
  result.block_bytes = static_cast<std::uint32_t>(block_bytes_of(id));
  result.reciprocal = static_cast<std::uint32_t>(
      ((std::uint64_t{1} << 32) + result.block_bytes - 1) / result.block_bytes);
  const unsigned pages = run_pages_of(result.block_bytes);
  result.run_pages = static_cast<std::uint8_t>(pages);
  result.capacity = static_cast<std::uint16_t>(pages * region::page_bytes / result.block_bytes);
  unsigned shift = 12;
  while ((pages * region::page_bytes) >> shift > granules_per_run) ++shift;
  result.granule_shift = static_cast<std::uint8_t>(shift);
  result.band = band_of(id == 0 ? 0 : result.block_bytes);
  return result;
}

constexpr std::array<SizeClass, class_count> describe_all() {
  std::array<SizeClass, class_count> table{};
  for (unsigned id = 0; id < class_count; ++id) table[id] = describe(id);
  return table;
}

}  // namespace detail

inline constexpr std::array<SizeClass, class_count> size_classes = detail::describe_all();

// Returns the index of the block that starts at `offset`, below a run's length. Inside a block it
// may be one too large: who does not know that a block starts there multiplies back.
constexpr std::uint32_t block_index(const SizeClass& size_class, std::uint32_t offset) {
  return static_cast<std::uint32_t>((std::uint64_t{offset} * size_class.reciprocal) >> 32);
}

// Returns the class of a size beyond the linear ones: 1024 < bytes <= max_pool_bytes.
constexpr ClassId pool_class_of(std::size_t bytes) {
  return detail::assigned_classes[(bytes - 1) / class_step];
}

// Returns the class for `bytes` <= max_pool_bytes.
constexpr ClassId class_of(std::size_t bytes) {
  if (bytes <= max_linear_bytes) return static_cast<ClassId>((bytes + class_step - 1) / class_step);
  return pool_class_of(bytes);
}

// Judges any table of classes: also used by the tests on tables made to fail.
template <std::size_t count>
constexpr bool valid_classes(const std::array<SizeClass, count>& table) {
  for (std::size_t id = 0; id < count; ++id) {
    const SizeClass& c = table[id];
    const std::size_t run_bytes = c.run_pages * region::page_bytes;
    if (c.block_bytes % class_step != 0 || c.capacity == 0) return false;
    if (id > 1 && c.block_bytes <= table[id - 1].block_bytes) return false;
    if (c.capacity != run_bytes / c.block_bytes) return false;
    if (run_bytes >> c.granule_shift > granules_per_run) return false;
    if (id > linear_classes && (c.block_bytes - table[id - 1].block_bytes) * 8 > c.block_bytes) {
      return false;
    }
    for (std::uint32_t i = 0; i < c.capacity; ++i) {
      if (block_index(c, i * c.block_bytes) != i) return false;
    }
  }
  return table[count - 1].block_bytes == max_pool_bytes;
}
static_assert(class_of(0) == 0 && class_of(1) == 1 && class_of(1024) == linear_classes - 1);
static_assert(class_of(1025) == linear_classes && class_of(max_pool_bytes) == class_count - 1);
static_assert(size_classes[class_of(1025)].block_bytes == 1088);
static_assert(size_classes[class_of(4097)].capacity == 15);
static_assert(size_classes[class_of(32768)].block_bytes == 32768);

}  // namespace hakmem::page
