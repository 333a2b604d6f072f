// libc_blocks_test.cc: which pointers are blocks of libc's own allocator.
//
// In a sanitizer's tree malloc is the sanitizer's: libc's own is asked by its internal name.
#include "os/libc_blocks.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "base/bits.h"
#include "os/memory.h"

extern "C" void* __libc_malloc(std::size_t bytes);

namespace hakmem::os {
namespace {

TEST(LibcBlocks, are_told_with_what_may_be_used_of_them) {
  for (const std::size_t bytes : {1U, 24U, 25U, 1000U, 100'000U, 1'000'000U, 20'000'000U}) {
    void* const block = __libc_malloc(bytes);
    const std::size_t usable = libc_usable_bytes(block);
    EXPECT_GE(usable, bytes);
    EXPECT_LT(usable, bytes + 2 * os_page_bytes);
    std::memset(block, 1, usable);
    libc_free(block);
  }
}

TEST(LibcBlocks, many_at_once_are_each_told) {
  std::vector<void*> blocks;
  for (std::size_t i = 1; i < 2000; ++i) blocks.push_back(__libc_malloc(i * 7 % 3000));
  for (void* const block : blocks) ASSERT_NE(libc_usable_bytes(block), 0U);
  for (void* const block : blocks) libc_free(block);
}

TEST(LibcBlocks, nothing_else_is_one) {
  alignas(16) static std::byte in_data[4096];
  alignas(16) std::byte on_stack[256] = {};
  void* const mapping =
      mmap(nullptr, 64 * kib, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  auto* const reserved = static_cast<std::byte*>(
      mmap(nullptr, 64 * kib, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  auto* const mapped = static_cast<std::byte*>(mapping);
  for (const void* const pointer :
       {static_cast<const void*>(nullptr), static_cast<const void*>(in_data),
        static_cast<const void*>(in_data + 16), static_cast<const void*>(on_stack + 16),
        static_cast<const void*>(mapped), static_cast<const void*>(mapped + 16),
        static_cast<const void*>(mapped + 4096), reinterpret_cast<const void*>(16),
        reinterpret_cast<const void*>(1), reinterpret_cast<const void*>(~std::uintptr_t{15})}) {
    EXPECT_EQ(libc_usable_bytes(pointer), 0U) << pointer;
  }
  munmap(mapping, 64 * kib);
  munmap(reserved, 64 * kib);
}

TEST(LibcBlocks, the_inside_of_one_is_none) {
  auto* const block = static_cast<std::byte*>(__libc_malloc(4096));
  std::memset(block, 0, 4096);
  for (std::size_t offset = 1; offset < 4096; offset += offset < 32 ? 1 : 16) {
    EXPECT_EQ(libc_usable_bytes(block + offset), 0U) << offset;
  }
  libc_free(block);
}

}  // namespace
}  // namespace hakmem::os
