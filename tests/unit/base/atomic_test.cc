// atomic_test.cc: shared words.
#include "base/atomic.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>
#include <vector>

namespace hakmem {
namespace {

TEST(Atomic, is_as_small_as_what_it_holds) {
  EXPECT_EQ(sizeof(Atomic<std::uint16_t>), 2U);
  EXPECT_EQ(sizeof(Atomic<void*>), sizeof(void*));
}

TEST(Atomic, begins_at_zero_or_at_the_value_given) {
  EXPECT_EQ(Atomic<int>().load_relaxed(), 0);
  EXPECT_EQ(Atomic<int>(7).load_acquire(), 7);
}

TEST(Atomic, reads_what_was_written_by_every_way) {
  Atomic<std::uint64_t> word;
  word.store_relaxed(1);
  EXPECT_EQ(word.load_foldable(), 1U);
  word.store_release(2);
  EXPECT_EQ(word.load_acquire(), 2U);
  EXPECT_EQ(word.exchange_acquire(3), 2U);
  EXPECT_EQ(word.exchange_acq_rel(4), 3U);
  EXPECT_EQ(word.fetch_add_relaxed(10), 4U);
  EXPECT_EQ(word.fetch_sub_relaxed(2), 14U);
  EXPECT_EQ(word.fetch_or_acq_rel(3), 12U);
  EXPECT_EQ(word.fetch_and_acq_rel(6), 15U);
  word.add_by_owner(5);
  EXPECT_EQ(word.load_relaxed(), 11U);
}

template <class Exchange>
void expect_compare_and_exchange(Exchange exchange) {
  Atomic<int> word(5);
  int expected = 4;
  EXPECT_FALSE(exchange(word, expected, 9));
  EXPECT_EQ(expected, 5) << "what was seen";
  EXPECT_EQ(word.load_relaxed(), 5);
  EXPECT_TRUE(exchange(word, expected, 9));
  EXPECT_EQ(word.load_relaxed(), 9);
}

TEST(Atomic, compares_and_exchanges) {
  expect_compare_and_exchange(
      [](Atomic<int>& w, int& e, int d) { return w.compare_exchange_acquire(e, d); });
  expect_compare_and_exchange(
      [](Atomic<int>& w, int& e, int d) { return w.compare_exchange_release(e, d); });
  expect_compare_and_exchange(
      [](Atomic<int>& w, int& e, int d) { return w.compare_exchange_acq_rel(e, d); });
}

TEST(Atomic, small_words_wrap_like_their_type) {
  Atomic<std::uint16_t> word(0xFFFF);
  word.add_by_owner(1);
  EXPECT_EQ(word.load_relaxed(), 0U);
}

TEST(Atomic, loses_no_addition_of_any_thread) {
  Atomic<std::uint64_t> word;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (unsigned n = 0; n < 50'000; ++n) word.fetch_add_relaxed(1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(word.load_relaxed(), 200'000U);
}

// What was written before a release is seen after the acquire that reads it.
TEST(Atomic, a_release_hands_over_what_was_written_before_it) {
  int plain = 0;
  Atomic<int> turn;
  std::thread other([&] {
    for (int i = 0; i < 2000; ++i) {
      while (turn.load_acquire() != 2 * i + 1) std::this_thread::yield();
      ++plain;
      turn.store_release(2 * i + 2);
    }
  });
  for (int i = 0; i < 2000; ++i) {
    ++plain;
    turn.store_release(2 * i + 1);
    while (turn.load_acquire() != 2 * i + 2) std::this_thread::yield();
  }
  other.join();
  EXPECT_EQ(plain, 4000);
}

}  // namespace
}  // namespace hakmem
