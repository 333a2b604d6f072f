// calls_test.cc: where calls are counted, each is counted once as it comes in and once by its way,
// whatever thread makes it, and what was allocated is what was freed and what lives.
//
// In a sanitizer's tree malloc is the sanitizer's: libc's own is asked by its internal name.
#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "runtime/allocator.h"

extern "C" void* __libc_malloc(std::size_t bytes);

namespace hakmem::runtime {
namespace {

using Fields = std::map<std::string, std::uint64_t>;

// The numbers of the line of `block`; none if it is not printed.
Fields printed(const std::string& block) {
  FILE* const file = std::tmpfile();
  print_statistics(fileno(file));
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  Fields fields;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("[" + block + "] ", 0) != 0) continue;
    std::istringstream words(line.substr(block.size() + 3));
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      fields[word.substr(0, equals)] = std::stoull(word.substr(equals + 1));
    }
  }
  return fields;
}

void expect_counts_agree(const char* after) {
  const Fields gate = printed("ALLOC_GATE_STATS");
  const Fields frees = printed("FREE_PATH_STATS");
  if (!ActiveConfig::Observer::counts) {
    EXPECT_TRUE(gate.empty() && frees.empty()) << "printed, but not counted";
    return;
  }
  EXPECT_EQ(gate.at("calls"),
            gate.at("bin") + gate.at("pool") + gate.at("large") + gate.at("refill"))
      << after;
  EXPECT_EQ(frees.at("calls"), frees.at("ultra") + frees.at("core") + frees.at("home") +
                                   frees.at("large") + frees.at("outside") + frees.at("foreign"))
      << after;
  EXPECT_EQ(gate.at("calls"),
            frees.at("calls") - frees.at("foreign") + printed("MEMORY_STATS").at("live_blocks"))
      << after;
}

// The number of granted calls since `before`, where they are counted.
void expect_calls(const Fields& before, const char* block, std::uint64_t calls) {
  if (ActiveConfig::Observer::counts) {
    EXPECT_EQ(printed(block).at("calls") - before.at("calls"), calls) << block;
  }
}

TEST(Calls, of_every_kind_and_size) {
  deallocate(allocate(1));
  const Fields allocations = printed("ALLOC_GATE_STATS");
  const Fields frees = printed("FREE_PATH_STATS");
  for (const std::size_t bytes : {1UL, 1000UL, 20'000UL, 300'000UL, 3'000'000UL}) {
    deallocate(allocate(bytes));
    deallocate(allocate_zeroed(bytes));
    deallocate(allocate_aligned(64, bytes));
    deallocate(allocate_aligned(1 * mib, bytes));
  }
  deallocate(nullptr);
  expect_calls(allocations, "ALLOC_GATE_STATS", 20);
  expect_calls(frees, "FREE_PATH_STATS", 20);
  expect_counts_agree("calls of every kind");
}

TEST(Calls, a_realloc_counts_where_it_moves) {
  void* block = allocate(100);
  const Fields allocations = printed("ALLOC_GATE_STATS");
  block = reallocate(block, 90);
  expect_calls(allocations, "ALLOC_GATE_STATS", 0);
  block = reallocate(block, 1000);
  expect_calls(allocations, "ALLOC_GATE_STATS", 1);
  for (std::size_t bytes = 1000; bytes < 8'000'000; bytes *= 2) block = reallocate(block, bytes);
  expect_counts_agree("reallocs");
  deallocate(block);
}

TEST(Calls, that_are_refused_do_not_count) {
  const Fields allocations = printed("ALLOC_GATE_STATS");
  EXPECT_EQ(allocate(~std::size_t{0} / 2), nullptr);
  EXPECT_EQ(allocate_zeroed(~std::size_t{0} / 2), nullptr);
  EXPECT_EQ(allocate_aligned(64, ~std::size_t{0} / 2), nullptr);
  expect_calls(allocations, "ALLOC_GATE_STATS", 0);
  expect_counts_agree("refusals");
}

TEST(Calls, for_mappings_and_for_blocks_of_libc) {
  set_mmap_threshold(1 * mib);
  deallocate(allocate(2 * mib));
  set_mmap_threshold(~std::size_t{0});
  deallocate(__libc_malloc(100));
  expect_counts_agree("mappings and libc's blocks");
}

TEST(Calls, of_threads_whose_first_is_a_large_one) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 8; ++i) {
    threads.emplace_back([] { deallocate(allocate(200'000)); });
    threads.emplace_back([] { deallocate(allocate_zeroed(200'000)); });
  }
  for (std::thread& thread : threads) thread.join();
  expect_counts_agree("threads that begin with large blocks");
}

TEST(Calls, of_threads_whose_first_is_a_free) {
  std::thread([block = allocate(100)] { deallocate(block); }).join();
  std::thread([block = __libc_malloc(100)] { deallocate(block); }).join();
  expect_counts_agree("threads that begin by freeing");
}

TEST(Calls, of_threads_that_have_no_heap_any_more) {
  static void* left[4];
  static bool had_no_heap;
  // A key made after the allocator's is destroyed after it in each round; in the last, and only
  // then, the thread's heap is gone.
  static pthread_key_t key;
  ASSERT_EQ(pthread_key_create(&key,
                               [](void* value) {
                                 had_no_heap = !Lifecycle::current->is_live();
                                 if (!had_no_heap) {
                                   pthread_setspecific(key, value);
                                   return;
                                 }
                                 deallocate(value);
                                 deallocate(left[0]);
                                 deallocate(allocate(100));
                                 deallocate(allocate(200'000));
                                 left[1] = allocate(100);
                                 left[2] = allocate(300'000);
                               }),
            0);
  left[0] = allocate(200'000);
  std::thread([] { pthread_setspecific(key, allocate(50)); }).join();
  EXPECT_TRUE(had_no_heap);
  expect_counts_agree("a thread's last destructor");
  deallocate(left[1]);
  deallocate(left[2]);
  expect_counts_agree("what it left behind");
  pthread_key_delete(key);
}

}  // namespace
}  // namespace hakmem::runtime
