// memory_test.cc: address space and memory from the real kernel.
#include "os/memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/bits.h"

namespace hakmem::os {
namespace {

constexpr Site site = Site::arena_reserve;

std::size_t resident_bytes(void* address, std::size_t bytes) {
  std::vector<unsigned char> pages(bytes / os_page_bytes);
  EXPECT_EQ(mincore(address, bytes, pages.data()), 0);
  std::size_t resident = 0;
  for (const unsigned char page : pages) resident += (page & 1U) * os_page_bytes;
  return resident;
}

bool all_bytes(const void* address, std::size_t bytes, int value) {
  const auto* const start = static_cast<const unsigned char*>(address);
  for (std::size_t i = 0; i < bytes; i += 64) {
    if (start[i] != value) return false;
  }
  return true;
}

void touch(volatile char* address) { *address = 1; }

TEST(Memory, the_kernels_pages_are_what_the_allocator_is_built_for) {
  EXPECT_EQ(actual_page_bytes(), os_page_bytes);
  EXPECT_EQ(actual_page_bytes(), static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
}

TEST(Memory, reservations_are_aligned_and_without_access) {
  for (std::size_t alignment = os_page_bytes; alignment <= 1 * gib; alignment *= 4) {
    void* const space = reserve(site, 2 * mib, alignment);
    ASSERT_NE(space, nullptr);
    EXPECT_TRUE(is_aligned(address_of(space), alignment));
    EXPECT_EQ(resident_bytes(space, 2 * mib), 0U);
    release(space, 2 * mib);
  }
  void* const space = reserve(site, os_page_bytes, os_page_bytes);
  EXPECT_DEATH(touch(static_cast<char*>(space)), "");
  release(space, os_page_bytes);
}

TEST(Memory, a_release_leaves_nothing_mapped) {
  void* const space = map(site, 1 * mib, 16 * mib);
  EXPECT_TRUE(is_mapped(space));
  release(space, 1 * mib);
  EXPECT_FALSE(is_mapped(space));
  EXPECT_FALSE(is_mapped(static_cast<char*>(space) + 1 * mib - 1));
}

TEST(Memory, what_no_address_space_holds_is_refused_without_errno) {
  errno = 7;
  EXPECT_EQ(reserve(site, std::size_t{1} << 60, os_page_bytes), nullptr);
  EXPECT_EQ(reserve(site, ~std::size_t{0} - os_page_bytes + 1, os_page_bytes), nullptr);
  EXPECT_EQ(reserve(site, 1 * mib, std::size_t{1} << 62), nullptr);
  EXPECT_EQ(map(site, std::size_t{1} << 60, os_page_bytes), nullptr);
  EXPECT_FALSE(commit(site, nullptr, os_page_bytes));
  EXPECT_FALSE(purge(site, nullptr, os_page_bytes));
  EXPECT_EQ(remap(site, nullptr, os_page_bytes, 2 * os_page_bytes), nullptr);
  EXPECT_EQ(errno, 7);
}

TEST(Memory, committed_space_is_writable_and_zero) {
  void* const space = reserve(site, 1 * mib, os_page_bytes);
  auto* const half = static_cast<char*>(space) + 512 * kib;
  ASSERT_TRUE(commit(site, half, 512 * kib));
  ASSERT_TRUE(commit(site, half, 512 * kib)) << "a second time";
  EXPECT_TRUE(all_bytes(half, 512 * kib, 0));
  std::memset(half, 5, 512 * kib);
  EXPECT_TRUE(commit(site, half, 512 * kib));
  EXPECT_TRUE(all_bytes(half, 512 * kib, 5)) << "contents stand";
  EXPECT_DEATH(touch(half - 1), "");
  release(space, 1 * mib);
}

TEST(Memory, readable_space_reads_as_zeros_and_costs_nothing) {
  void* const space = reserve_readable(site, 16 * mib);
  ASSERT_NE(space, nullptr);
  EXPECT_TRUE(all_bytes(space, 16 * mib, 0));
  EXPECT_DEATH(touch(static_cast<char*>(space)), "");
  ASSERT_TRUE(commit(site, space, os_page_bytes));
  touch(static_cast<char*>(space));
  release(space, 16 * mib);
}

TEST(Memory, purged_memory_is_gone_and_reads_as_zeros) {
  void* const memory = map(site, 4 * mib, os_page_bytes);
  std::memset(memory, 1, 4 * mib);
  auto* const middle = static_cast<char*>(memory) + 1 * mib;
  ASSERT_TRUE(purge(site, middle, 2 * mib));
  EXPECT_EQ(resident_bytes(memory, 4 * mib), 2 * mib);
  EXPECT_TRUE(all_bytes(middle, 2 * mib, 0));
  EXPECT_TRUE(all_bytes(memory, 1 * mib, 1));
  EXPECT_TRUE(all_bytes(middle + 2 * mib, 1 * mib, 1));
  release(memory, 4 * mib);
}

TEST(Memory, moved_memory_takes_its_place_and_leaves_zeros) {
  void* const memory = map(site, 8 * mib, os_page_bytes);
  auto* const from = static_cast<char*>(memory);
  auto* const to = from + 4 * mib;
  std::memset(from, 2, 1 * mib);
  std::memset(to, 3, 2 * mib);
  ASSERT_EQ(move(site, from, to, 1 * mib), Moved::yes);
  EXPECT_TRUE(all_bytes(to, 1 * mib, 2));
  EXPECT_TRUE(all_bytes(to + 1 * mib, 1 * mib, 3));
  EXPECT_TRUE(all_bytes(from, 1 * mib, 0));
  std::memset(from, 4, 1 * mib);
  EXPECT_TRUE(all_bytes(to, 1 * mib, 2));
  for (std::size_t part = 0; part < 8; ++part) release(from + part * mib, 1 * mib);
}

// Some systems refuse a source that lies in two mappings, and drop the target before they do; all
// refuse one that is not aligned.
TEST(Memory, a_move_that_is_refused_leaves_both_sides_usable) {
  auto* const from = static_cast<std::byte*>(map(site, 2 * mib, os_page_bytes));
  auto* const to = static_cast<std::byte*>(map(site, 2 * mib, os_page_bytes));
  std::memset(from, 2, 2 * mib);
  EXPECT_EQ(move(site, from + 16, to, 1 * mib), Moved::refused);
  EXPECT_TRUE(all_bytes(from, 2 * mib, 2));
  EXPECT_TRUE(all_bytes(to, 1 * mib, 0));
  std::memset(to, 3, 2 * mib);
  release(from, 2 * mib);
  release(to, 2 * mib);
}

TEST(Memory, a_remapping_keeps_contents_and_cuts_or_adds) {
  void* memory = map(site, 1 * mib, os_page_bytes);
  std::memset(memory, 6, 1 * mib);
  memory = remap(site, memory, 1 * mib, 64 * mib);
  ASSERT_NE(memory, nullptr);
  EXPECT_TRUE(all_bytes(memory, 1 * mib, 6));
  EXPECT_TRUE(all_bytes(static_cast<char*>(memory) + 1 * mib, 63 * mib, 0));
  EXPECT_EQ(remap(site, memory, 64 * mib, std::size_t{1} << 60), nullptr);
  memory = remap(site, memory, 64 * mib, 8 * kib);
  EXPECT_TRUE(all_bytes(memory, 8 * kib, 6));
  EXPECT_FALSE(is_mapped(static_cast<char*>(memory) + 32 * mib));
  release(memory, 8 * kib);
}

TEST(Memory, huge_pages_are_advice_that_may_be_given) {
  void* const memory = map(site, 4 * mib, 2 * mib);
  // A kernel without huge pages refuses both, one with them neither.
  EXPECT_EQ(forbid_huge_pages(site, memory, 4 * mib), allow_huge_pages(site, memory, 4 * mib));
  release(memory, 4 * mib);
}

TEST(Memory, knows_what_is_mapped) {
  int local = 0;
  EXPECT_TRUE(is_mapped(&local));
  EXPECT_FALSE(is_mapped(nullptr));
  void* const reserved = reserve(site, os_page_bytes, os_page_bytes);
  EXPECT_FALSE(is_mapped(reserved)) << "without access";
  release(reserved, os_page_bytes);
  EXPECT_FALSE(is_mapped(reinterpret_cast<void*>(~std::uintptr_t{0} - 15)));
}

TEST(Memory, knows_the_machine_and_the_limit) {
  const auto pages = static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES));
  EXPECT_NEAR(static_cast<double>(physical_bytes()), static_cast<double>(pages * os_page_bytes),
              static_cast<double>(physical_bytes()) / 20);
  const auto with_limit = [] {
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) != 0) _exit(1);
    const std::size_t before = address_space_left();
    limit.rlim_cur = std::size_t{1} << 46;  // more than even a sanitizer takes
    if (setrlimit(RLIMIT_AS, &limit) != 0) _exit(2);
    const std::size_t left = address_space_left();
    if (before != ~std::size_t{0} || left >= limit.rlim_cur) _exit(3);
    _exit(0);
  };
  EXPECT_EXIT(with_limit(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace hakmem::os
