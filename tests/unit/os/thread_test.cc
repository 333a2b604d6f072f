// thread_test.cc: tokens, ends of threads, threads of the allocator's own.
#include "os/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include "os/environment.h"

namespace hakmem::os {
namespace {

TEST(Thread, tokens_differ_and_are_never_zero) {
  std::set<std::uintptr_t> tokens = {thread_token()};
  EXPECT_EQ(thread_token(), *tokens.begin());
  std::uintptr_t other = 0;
  std::thread([&] { other = thread_token(); }).join();
  EXPECT_NE(other, 0U);
  EXPECT_NE(other, thread_token());
}

TEST(Thread, sleeps_at_least_as_long_as_told) {
  const std::uint64_t before = exact_time();
  sleep(5'000'000);
  EXPECT_GE(exact_time() - before, 5'000'000U);
}

TEST(Thread, waits_longer_with_each_round_but_not_long) {
  const std::uint64_t before = exact_time();
  for (unsigned round = 0; round < 200; ++round) wait_a_moment(round);
  EXPECT_GE(exact_time() - before, 100 * 50'000U) << "a hundred naps";
  EXPECT_LT(exact_time() - before, 5'000'000'000U);
}

std::atomic<unsigned> ends = 0;
std::atomic<bool> ran = false;
std::atomic<bool> blocked = false;

void count_end(void* value) {
  if (++ends < thread_end_rounds) set_thread_value(Site::thread_value, value);
}

TEST(Thread, its_end_is_told_in_every_round) {
  ASSERT_TRUE(create_thread_key(Site::thread_key, count_end));
  ends = 0;
  std::thread([] {}).join();
  EXPECT_EQ(ends, 0U) << "it has no value";
  std::thread([] { EXPECT_TRUE(set_thread_value(Site::thread_value, &ends)); }).join();
  EXPECT_EQ(ends, thread_end_rounds);
}

TEST(Thread, one_of_the_allocators_own_runs_with_all_signals_blocked) {
  ran = blocked = false;
  ASSERT_TRUE(start_thread(Site::helper_start, [] {
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, nullptr, &set);
    blocked = sigismember(&set, SIGTERM) == 1 && sigismember(&set, SIGALRM) == 1;
    ran = true;
  }));
  for (unsigned i = 0; i < 1000 && !ran; ++i) sleep(5'000'000);
  EXPECT_TRUE(ran);
  EXPECT_TRUE(blocked);
  sigset_t mine;
  pthread_sigmask(SIG_SETMASK, nullptr, &mine);
  EXPECT_EQ(sigismember(&mine, SIGTERM), 0) << "the starter's are as they were";
}

}  // namespace
}  // namespace hakmem::os
