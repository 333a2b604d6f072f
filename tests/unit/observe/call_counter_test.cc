// call_counter_test.cc: calls by path, and the cross-check of every free.
#include "observe/call_counter.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "region/pages.h"

namespace hakmem::observe {
namespace {

using heap::Call;
using heap::Path;

TEST(CallCounter, counts_each_path_by_itself) {
  CallCounter counter;
  counter.count(Path::free_bin);
  counter.count(Path::free_bin);
  counter.count(Path::allocate_large);
  EXPECT_EQ(counter.calls(Path::free_bin), 2U);
  EXPECT_EQ(counter.calls(Path::allocate_large), 1U);
  EXPECT_EQ(counter.calls(Path::free_outside), 0U);
}

TEST(CallCounter, counts_calls_apart_from_their_paths) {
  CallCounter counter;
  counter.count(Call::free);
  counter.count(Path::allocate_bin);
  EXPECT_EQ(counter.calls(Call::free), 1U);
  EXPECT_EQ(counter.calls(Call::allocate), 0U);
}

TEST(CallCounter, threads_that_share_one_lose_nothing) {
  constexpr unsigned times = 100'000;
  CallCounter counter;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 2; ++i) {
    threads.emplace_back([&counter] {
      for (unsigned done = 0; done < times; ++done) counter.count(Call::free);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.calls(Call::free), 2U * times);
}

TEST(CallCounter, reports_a_free_that_tag_and_page_do_not_agree_on) {
  heap::on_error = policy::OnError::ignore;
  if (region::arena_count.load_acquire() == 0) {
    ASSERT_TRUE(region::open_arena(64 * mib));
  }
  const region::PageRef ref =
      region::take_pages(1, region::page_bytes, region::OwnerKey::none, nullptr).first;
  const page::ClassId id = page::class_of(64);
  page::Page& page = page::set_up(ref, id);
  page::BlockList blocks;
  page::take_blocks(page, 2, blocks);
  const region::Route route = heap::bin_offset(id);

  CallCounter counter;
  counter.check_free(blocks.first, route);
  counter.check_free(blocks.last, route | region::home_route);
  EXPECT_EQ(heap::error_count.load_relaxed(), 0U);
  counter.check_free(blocks.first, heap::bin_offset(page::class_of(80)));
  EXPECT_EQ(heap::error_count.load_relaxed(), 1U) << "another class";
  counter.check_free(reinterpret_cast<std::byte*>(blocks.first) + 16, route);
  EXPECT_EQ(heap::error_count.load_relaxed(), 2U) << "inside a block";
  region::give_pages(ref, 1, true);
}

}  // namespace
}  // namespace hakmem::observe
