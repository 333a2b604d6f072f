// operator_new_test.cc: every form of operator new and delete, the handler loop, bad_alloc.
//
// Real new-expressions, other runtimes and plugins are in new_program.cc and plugin_host.c.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <new>
#include <vector>

#include "blocks.h"

namespace contract {
namespace {

constexpr std::size_t too_much = SIZE_MAX / 2 - 65536;
constexpr std::align_val_t wide{256};

// A form of new and a form of delete that belong together.
struct Pair {
  const char* name;
  std::function<void*(std::size_t)> take;
  std::function<void(void*, std::size_t)> give;
  std::size_t alignment;
  bool nothrow;
};

std::vector<Pair> pairs() {
  const Operators& o = operators();
  const auto with_plain = [&o](void* block, std::size_t) { o.give(block); };
  return {
      {"new, delete", [&o](std::size_t n) { return o.take(n); }, with_plain, 16, false},
      {"new, sized delete", [&o](std::size_t n) { return o.take(n); },
       [&o](void* block, std::size_t n) { o.give_sized(block, n); }, 16, false},
      {"new[], delete[]", [&o](std::size_t n) { return o.take_array(n); },
       [&o](void* block, std::size_t) { o.give_array(block); }, 16, false},
      {"new[], sized delete[]", [&o](std::size_t n) { return o.take_array(n); },
       [&o](void* block, std::size_t n) { o.give_array_sized(block, n); }, 16, false},
      {"nothrow", [&o](std::size_t n) { return o.take_nothrow(n, std::nothrow); },
       [&o](void* block, std::size_t) { o.give_nothrow(block, std::nothrow); }, 16, true},
      {"nothrow[]", [&o](std::size_t n) { return o.take_array_nothrow(n, std::nothrow); },
       [&o](void* block, std::size_t) { o.give_array_nothrow(block, std::nothrow); }, 16, true},
      {"aligned", [&o](std::size_t n) { return o.take_aligned(n, wide); },
       [&o](void* block, std::size_t) { o.give_aligned(block, wide); }, 256, false},
      {"aligned, sized", [&o](std::size_t n) { return o.take_aligned(n, wide); },
       [&o](void* block, std::size_t n) { o.give_sized_aligned(block, n, wide); }, 256, false},
      {"aligned[]", [&o](std::size_t n) { return o.take_array_aligned(n, wide); },
       [&o](void* block, std::size_t) { o.give_array_aligned(block, wide); }, 256, false},
      {"aligned[], sized", [&o](std::size_t n) { return o.take_array_aligned(n, wide); },
       [&o](void* block, std::size_t n) { o.give_array_sized_aligned(block, n, wide); }, 256,
       false},
      {"aligned nothrow",
       [&o](std::size_t n) { return o.take_aligned_nothrow(n, wide, std::nothrow); },
       [&o](void* block, std::size_t) { o.give_aligned_nothrow(block, wide, std::nothrow); }, 256,
       true},
      {"aligned nothrow[]",
       [&o](std::size_t n) { return o.take_array_aligned_nothrow(n, wide, std::nothrow); },
       [&o](void* block, std::size_t) { o.give_array_aligned_nothrow(block, wide, std::nothrow); },
       256, true},
  };
}

// Puts a new-handler in place and the former one back.
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

TEST(OperatorNewTest, EveryFormGivesAndTakes) {
  for (const Pair& pair : pairs()) {
    for (const std::size_t bytes : lane_sizes) {
      void* const block = pair.take(bytes);
      ASSERT_NE(block, nullptr) << pair.name;
      EXPECT_TRUE(is_aligned(block, pair.alignment)) << pair.name << ' ' << bytes;
      EXPECT_GE(subject().usable_size(block), bytes);
      touch(block, bytes);
      const hak_statistics before = statistics();
      pair.give(block, bytes);
      EXPECT_LE(statistics().live_bytes + bytes, before.live_bytes) << pair.name << ' ' << bytes;
    }
    void* const empty = pair.take(0);
    EXPECT_NE(empty, nullptr) << pair.name;
    pair.give(empty, 0);
    pair.give(nullptr, 0);
  }
  EXPECT_EQ(statistics().error_count, 0U);
}

TEST(OperatorNewTest, AlignedFormsKeepEveryAlignment) {
  const Operators& o = operators();
  for (std::size_t alignment = 1; alignment <= 4 * mib; alignment *= 2) {
    void* const block = o.take_aligned(100, std::align_val_t{alignment});
    ASSERT_NE(block, nullptr);
    EXPECT_TRUE(is_aligned(block, alignment));
    o.give_sized_aligned(block, 100, std::align_val_t{alignment});
  }
}

TEST(OperatorNewTest, WithoutMemoryTheThrowingFormsThrowAndTheOthersReturnNull) {
  for (const Pair& pair : pairs()) {
    for (const std::size_t bytes : {too_much, SIZE_MAX, SIZE_MAX - 15}) {
      if (pair.nothrow) {
        EXPECT_EQ(pair.take(opaque(bytes)), nullptr) << pair.name;
      } else {
        EXPECT_THROW(pair.take(opaque(bytes)), std::bad_alloc) << pair.name;
      }
    }
  }
}

TEST(OperatorNewTest, TheHandlerIsCalledUntilItResigns) {
  for (const Pair& pair : pairs()) {
    handler_calls = 0;
    const HandlerGuard guard([] {
      if (++handler_calls == 5) std::set_new_handler(nullptr);
    });
    if (pair.nothrow) {
      EXPECT_EQ(pair.take(opaque(too_much)), nullptr) << pair.name;
    } else {
      EXPECT_THROW(pair.take(opaque(too_much)), std::bad_alloc) << pair.name;
    }
    EXPECT_EQ(handler_calls, 5U) << pair.name;
  }
}

TEST(OperatorNewTest, WhatTheHandlerThrowsArrives) {
  struct Resigned {};
  for (const Pair& pair : pairs()) {
    if (pair.nothrow) continue;
    const HandlerGuard guard([] { throw Resigned(); });
    EXPECT_THROW(pair.take(opaque(too_much)), Resigned) << pair.name;
  }
}

// [new.delete.single]: the nothrow forms answer null where the throwing form would throw.
TEST(OperatorNewTest, ABadAllocOfTheHandlerIsNullToTheNothrowForms) {
  for (const Pair& pair : pairs()) {
    if (!pair.nothrow) continue;
    const HandlerGuard guard([] { throw std::bad_alloc(); });
    EXPECT_EQ(pair.take(opaque(too_much)), nullptr) << pair.name;
  }
}

TEST(OperatorNewTest, ASuccessAfterTheHandlerFreedMemoryIsReturned) {
  // The handler cannot make too_much possible, so it is asked through a limit in
  // out_of_memory_test; here: no handler is called while memory is there.
  handler_calls = 0;
  const HandlerGuard guard([] { ++handler_calls; });
  for (const Pair& pair : pairs()) {
    for (const std::size_t bytes : lane_sizes) pair.give(pair.take(bytes), bytes);
  }
  EXPECT_EQ(handler_calls, 0U);
}

TEST(OperatorNewTest, BlocksOfNewAndMallocAreOfOneKind) {
  void* const block = subject().realloc(operators().take(100), 300);
  ASSERT_NE(block, nullptr);
  operators().give(block);
  subject().free(operators().take_array(5000));
  operators().give(subject().malloc(200'000));
  EXPECT_EQ(statistics().error_count, 0U);
}

}  // namespace
}  // namespace contract
