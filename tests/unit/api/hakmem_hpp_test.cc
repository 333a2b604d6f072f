// hakmem_hpp_test.cc: containers of the standard library over hakmem's blocks.
#include "hakmem.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <string>
#include <unordered_map>
#include <vector>

namespace hakmem {
namespace {

std::size_t live_bytes() {
  hak_statistics statistics{};
  statistics.size = sizeof(statistics);
  EXPECT_EQ(hak_get_statistics(&statistics), 0);
  return statistics.live_bytes;
}

bool is_aligned_to(const void* block, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
}

struct alignas(256) Wide {
  char bytes[256];
};

// A number of bytes that no allocator has, unknown to the compiler.
std::size_t too_many_bytes() {
  volatile std::size_t bytes = SIZE_MAX / 2 - 65536;
  return bytes;
}

class HandlerGuard {
 public:
  explicit HandlerGuard(std::new_handler handler) : before_(std::set_new_handler(handler)) {}
  ~HandlerGuard() { std::set_new_handler(before_); }
  HandlerGuard(const HandlerGuard&) = delete;
  HandlerGuard& operator=(const HandlerGuard&) = delete;

 private:
  std::new_handler before_;
};

unsigned handler_calls = 0;

void resign_at_the_third_call() {
  if (++handler_calls == 3) std::set_new_handler(nullptr);
}

TEST(Allocator, takes_its_blocks_from_hakmem_and_gives_them_back) {
  const std::size_t before = live_bytes();
  {
    const std::vector<char, allocator<char>> values(1'000'000, 'x');
    EXPECT_GE(live_bytes(), before + values.size());
  }
  EXPECT_EQ(live_bytes(), before);
}

TEST(Allocator, serves_the_containers) {
  const std::size_t before = live_bytes();
  {
    std::map<int, int, std::less<>, allocator<std::pair<const int, int>>> map;
    std::unordered_map<int, int, std::hash<int>, std::equal_to<>,
                       allocator<std::pair<const int, int>>>
        table;
    std::list<int, allocator<int>> list;
    std::basic_string<char, std::char_traits<char>, allocator<char>> string;
    for (int i = 0; i < 1000; ++i) {
      map[i] = table[i] = i;
      list.push_back(i);
      string += 'x';
    }
    EXPECT_EQ(map.size() + table.size() + list.size() + string.size(), 4000U);
    const auto shared = std::allocate_shared<int>(allocator<int>(), 7);
    EXPECT_EQ(*shared, 7);
  }
  EXPECT_EQ(live_bytes(), before);
}

TEST(Allocator, all_are_equal) {
  EXPECT_TRUE(allocator<int>() == allocator<long>());
  EXPECT_FALSE(allocator<int>() != allocator<int>());
  static_assert(std::allocator_traits<allocator<int>>::is_always_equal::value);
  static_assert(std::is_empty_v<allocator<int>>);
}

TEST(Allocator, keeps_the_alignment_of_its_type) {
  std::vector<Wide, allocator<Wide>> values(3);
  EXPECT_TRUE(is_aligned_to(values.data(), alignof(Wide)));
  std::list<Wide, allocator<Wide>> nodes(3);
  for (const Wide& node : nodes) EXPECT_TRUE(is_aligned_to(&node, alignof(Wide)));
}

TEST(Allocator, refuses_as_operator_new_does) {
  EXPECT_THROW(static_cast<void>(allocator<char>().allocate(too_many_bytes())), std::bad_alloc);
  EXPECT_THROW(static_cast<void>(allocator<Wide>().allocate(too_many_bytes() / sizeof(Wide))),
               std::bad_alloc);
  EXPECT_THROW(static_cast<void>(allocator<long>().allocate(too_many_bytes())),
               std::bad_array_new_length);
}

TEST(Allocator, asks_the_new_handler_first) {
  handler_calls = 0;
  const HandlerGuard guard(resign_at_the_third_call);
  EXPECT_THROW(static_cast<void>(allocator<char>().allocate(too_many_bytes())), std::bad_alloc);
  EXPECT_EQ(handler_calls, 3U);
}

TEST(MemoryResource, serves_the_pmr_containers) {
  const std::size_t before = live_bytes();
  {
    memory_resource resource;
    std::pmr::vector<std::pmr::string> strings(&resource);
    for (unsigned i = 0; i < 100; ++i) strings.emplace_back(1000, 'x');
    EXPECT_GE(live_bytes(), before + 100 * 1000);
  }
  EXPECT_EQ(live_bytes(), before);
}

TEST(MemoryResource, keeps_every_alignment) {
  memory_resource resource;
  for (std::size_t alignment = 1; alignment <= 65536; alignment *= 2) {
    void* const block = resource.allocate(100, alignment);
    EXPECT_TRUE(is_aligned_to(block, alignment)) << alignment;
    resource.deallocate(block, 100, alignment);
  }
}

TEST(MemoryResource, equals_its_like_only) {
  const memory_resource one;
  const memory_resource other;
  EXPECT_TRUE(one == other);
  EXPECT_FALSE(one == *std::pmr::new_delete_resource());
}

TEST(MemoryResource, refuses_as_operator_new_does) {
  memory_resource resource;
  EXPECT_THROW(static_cast<void>(resource.allocate(too_many_bytes())), std::bad_alloc);
  EXPECT_THROW(static_cast<void>(resource.allocate(too_many_bytes(), 4096)), std::bad_alloc);
}

}  // namespace
}  // namespace hakmem
