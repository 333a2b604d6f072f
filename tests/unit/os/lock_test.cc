// lock_test.cc: a lock that knows its holder.
#include "os/lock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace hakmem::os {
namespace {

TEST(Lock, is_taken_once) {
  Lock lock;
  EXPECT_FALSE(lock.held_by_me());
  EXPECT_TRUE(lock.try_lock());
  EXPECT_TRUE(lock.held_by_me());
  EXPECT_FALSE(lock.try_lock());
  lock.unlock();
  EXPECT_FALSE(lock.held_by_me());
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST(Lock, is_held_by_one_thread_only) {
  Lock lock;
  const LockGuard guard(lock);
  std::thread other([&] {
    EXPECT_FALSE(lock.held_by_me());
    EXPECT_FALSE(lock.try_lock());
  });
  other.join();
}

TEST(Lock, is_given_back_by_its_guard) {
  Lock lock;
  {
    const LockGuard guard(lock);
    EXPECT_TRUE(lock.held_by_me());
  }
  EXPECT_FALSE(lock.held_by_me());
}

TEST(Lock, lets_one_thread_in_at_a_time) {
  Lock lock;
  unsigned long plain = 0;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (unsigned n = 0; n < 20'000; ++n) {
        const LockGuard guard(lock);
        ++plain;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(plain, 80'000U);
}

TEST(Lock, waits_as_long_as_it_takes) {
  Lock lock;
  lock.lock();
  std::atomic<bool> in = false;
  std::thread waiter([&] {
    const LockGuard guard(lock);
    in = true;
  });
  sleep(20'000'000);
  EXPECT_FALSE(in);
  lock.unlock();
  waiter.join();
  EXPECT_TRUE(in);
}

TEST(Lock, around_fork_is_taken_and_given_back) {
  Lock lock;
  lock.lock_for_fork();
  EXPECT_TRUE(lock.held_by_me());
  lock.unlock_after_fork();
  EXPECT_FALSE(lock.held_by_me());
}

TEST(Lock, around_fork_stays_with_who_held_it_before) {
  Lock lock;
  lock.lock();
  lock.lock_for_fork();
  EXPECT_TRUE(lock.held_by_me());
  lock.unlock_after_fork();
  EXPECT_TRUE(lock.held_by_me());
  lock.unlock();
  lock.lock_for_fork();
  lock.unlock_after_fork();
  EXPECT_FALSE(lock.held_by_me()) << "and is forgotten";
}

}  // namespace
}  // namespace hakmem::os
