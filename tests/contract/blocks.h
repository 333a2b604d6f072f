// blocks.h: what the tests do with blocks: write them, compare them, know their alignment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "subject.h"

namespace contract {

inline constexpr std::size_t kib = 1024;
inline constexpr std::size_t mib = 1024 * kib;
inline constexpr std::size_t gib = 1024 * mib;
inline constexpr std::size_t os_page_bytes = 4096;
// What every block is aligned to.
inline constexpr std::size_t block_alignment = 16;

// One size of each lane, and just around each border between two.
inline const std::vector<std::size_t> lane_sizes = {
    1,     16,      17,        64,      200,         256,       257,
    768,   769,     1000,      1024,    1025,        4096,      4097,
    8192,  16384,   32768,     32769,   52 * kib,    53248 + 1, 64 * kib,
    65537, 100'000, 256 * kib, 1 * mib, 3 * mib + 5, 33 * mib,  70 * mib};

inline bool is_aligned(const void* block, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
}

// The byte that `paint` writes at `index`.
inline unsigned char paint_at(std::size_t index, unsigned seed) {
  return static_cast<unsigned char>((index * 131 + seed * 29 + index / 251) | 1U);
}

// Writes a pattern over `bytes` bytes; every byte of it is non-zero.
inline void paint(void* block, std::size_t bytes, unsigned seed) {
  auto* const start = static_cast<unsigned char*>(block);
  for (std::size_t i = 0; i < bytes; ++i) start[i] = paint_at(i, seed);
}

// Returns whether the first `bytes` bytes are as `paint` left them.
inline bool is_painted(const void* block, std::size_t bytes, unsigned seed) {
  const auto* const start = static_cast<const unsigned char*>(block);
  for (std::size_t i = 0; i < bytes; ++i) {
    if (start[i] != paint_at(i, seed)) return false;
  }
  return true;
}

inline bool is_zero(const void* block, std::size_t bytes) {
  const auto* const start = static_cast<const unsigned char*>(block);
  for (std::size_t i = 0; i < bytes; ++i) {
    if (start[i] != 0) return false;
  }
  return true;
}

// Writes one byte in each OS page of the block.
inline void touch(void* block, std::size_t bytes) {
  auto* const start = static_cast<volatile unsigned char*>(block);
  for (std::size_t i = 0; i < bytes; i += os_page_bytes) start[i] = 1;
}

// Keeps a value from the optimiser.
template <typename Value>
Value opaque(Value value) {
  volatile Value hidden = value;
  return hidden;
}

inline hak_statistics statistics() {
  hak_statistics snapshot{};
  snapshot.size = sizeof(snapshot);
  subject().get_statistics(&snapshot);
  return snapshot;
}

// Returns the resident bytes of this process.
inline std::size_t resident_bytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  if (std::fscanf(file, "%zu %zu", &total, &resident) != 2) resident = 0;
  std::fclose(file);
  return resident * os_page_bytes;
}

}  // namespace contract
