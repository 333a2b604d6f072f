// memory_resource_test.cc: hakmem.hpp gives the standard containers blocks of hakmem's.
//
// Only where the program is linked with the hak_ functions, as the header asks.
#include <gtest/gtest.h>

#include <cstdint>
#include <list>
#include <map>
#include <memory_resource>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

#include "blocks.h"
#include "hakmem.hpp"

namespace contract {
namespace {

struct alignas(256) Wide {
  char bytes[300];
};

TEST(MemoryResourceTest, ContainersUseTheAllocator) {
  const hak_statistics before = statistics();
  {
    std::vector<int, hakmem::allocator<int>> numbers(300'000, 7);
    EXPECT_GE(statistics().live_bytes, before.live_bytes + 300'000 * sizeof(int));
    EXPECT_EQ(numbers.back(), 7);

    using Entry = std::pair<const int, std::string>;
    std::map<int, std::string, std::less<>, hakmem::allocator<Entry>> names;
    std::list<std::string, hakmem::allocator<std::string>> words;
    for (int i = 0; i < 2000; ++i) {
      names[i] = std::to_string(i);
      words.emplace_back(std::to_string(i));
    }
    EXPECT_EQ(names[1234], "1234");
    EXPECT_EQ(words.size(), 2000U);
  }
  EXPECT_LE(statistics().live_bytes, before.live_bytes + 64 * kib);
}

TEST(MemoryResourceTest, AllocatorsAreEqualAndStateless) {
  const hakmem::allocator<int> numbers;
  const hakmem::allocator<double> others(numbers);
  EXPECT_TRUE(numbers == hakmem::allocator<int>(others));
  EXPECT_FALSE(numbers != hakmem::allocator<int>(others));
  static_assert(std::is_empty_v<hakmem::allocator<int>>);
  static_assert(std::allocator_traits<hakmem::allocator<int>>::is_always_equal::value);
}

TEST(MemoryResourceTest, AllocatorAlignsWideTypes) {
  hakmem::allocator<Wide> wide;
  for (const std::size_t count : {1UL, 3UL, 1000UL}) {
    Wide* const blocks = wide.allocate(count);
    EXPECT_TRUE(is_aligned(blocks, alignof(Wide)));
    wide.deallocate(blocks, count);
  }
}

TEST(MemoryResourceTest, AllocatorRefusesWhatWraps) {
  hakmem::allocator<Wide> wide;
  EXPECT_THROW(static_cast<void>(wide.allocate(opaque(SIZE_MAX / 16))), std::bad_array_new_length);
  EXPECT_THROW(static_cast<void>(wide.allocate(opaque(SIZE_MAX / sizeof(Wide) / 2))),
               std::bad_alloc);
}

TEST(MemoryResourceTest, TheNewHandlerIsAsked) {
  static unsigned calls;
  calls = 0;
  const std::new_handler before = std::set_new_handler([] {
    if (++calls == 2) std::set_new_handler(nullptr);
  });
  hakmem::allocator<char> bytes;
  EXPECT_THROW(static_cast<void>(bytes.allocate(opaque(SIZE_MAX / 4))), std::bad_alloc);
  EXPECT_EQ(calls, 2U);
  std::set_new_handler(before);
}

TEST(MemoryResourceTest, ResourceServesPmrContainers) {
  hakmem::memory_resource resource;
  const hak_statistics before = statistics();
  {
    std::pmr::vector<std::pmr::string> texts(&resource);
    for (int i = 0; i < 3000; ++i) texts.emplace_back(100, 'x');
    EXPECT_GE(statistics().live_bytes, before.live_bytes + 300'000);
    std::pmr::unsynchronized_pool_resource pool(&resource);
    std::pmr::map<int, std::pmr::string> map(&pool);
    for (int i = 0; i < 3000; ++i) map.emplace(i, "a text of some length, not a short one");
  }
  EXPECT_LE(statistics().live_bytes, before.live_bytes + 64 * kib);
}

TEST(MemoryResourceTest, ResourceAlignsAndThrows) {
  hakmem::memory_resource resource;
  for (std::size_t alignment = 1; alignment <= 65536; alignment *= 2) {
    void* const block = resource.allocate(100, alignment);
    EXPECT_TRUE(is_aligned(block, alignment));
    resource.deallocate(block, 100, alignment);
  }
  EXPECT_THROW(static_cast<void>(resource.allocate(opaque(SIZE_MAX / 4), 64)), std::bad_alloc);
}

TEST(MemoryResourceTest, ResourcesAreEqual) {
  const hakmem::memory_resource one;
  const hakmem::memory_resource other;
  EXPECT_TRUE(one.is_equal(other));
  EXPECT_FALSE(one.is_equal(*std::pmr::new_delete_resource()));
}

}  // namespace
}  // namespace contract
