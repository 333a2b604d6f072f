// mallinfo_test.cc: mallinfo, mallinfo2, malloc_info and malloc_stats tell of live blocks.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "blocks.h"
#include "scenario.h"

namespace contract {
namespace {

TEST(MallinfoTest, Mallinfo2FollowsLargeBlocks) {
  const struct mallinfo2 before = libc_names().mallinfo2();
  void* const block = subject().malloc(20 * mib);
  const struct mallinfo2 during = libc_names().mallinfo2();
  subject().free(block);
  const struct mallinfo2 after = libc_names().mallinfo2();
  const auto in_use = [](const struct mallinfo2& info) { return info.uordblks + info.hblkhd; };
  EXPECT_GE(in_use(during), in_use(before) + 20 * mib);
  EXPECT_LE(in_use(after) + 20 * mib, in_use(during));
}

TEST(MallinfoTest, Mallinfo2FollowsSmallBlocks) {
  constexpr unsigned count = 10'000;
  std::vector<void*> blocks(count);
  const struct mallinfo2 before = libc_names().mallinfo2();
  for (void*& block : blocks) block = subject().malloc(112);
  const struct mallinfo2 during = libc_names().mallinfo2();
  for (void* const block : blocks) subject().free(block);
  const struct mallinfo2 after = libc_names().mallinfo2();
  EXPECT_GE(during.uordblks, before.uordblks + count * 112);
  EXPECT_LE(after.uordblks + count * 100, during.uordblks);
  EXPECT_GE(during.arena + during.hblkhd, during.uordblks);
}

TEST(MallinfoTest, MallinfoAgreesWithMallinfo2) {
  const struct mallinfo2 wide = libc_names().mallinfo2();
  const struct mallinfo narrow = libc_names().mallinfo();
  EXPECT_EQ(static_cast<std::size_t>(narrow.uordblks), wide.uordblks);
  EXPECT_GE(narrow.arena, 0);
}

// A figure beyond an int must not come out negative.
TEST(MallinfoTest, MallinfoSaturates) {
  void* const block = subject().malloc(3 * gib);
  ASSERT_NE(block, nullptr);
  const struct mallinfo info = libc_names().mallinfo();
  for (const int field :
       {info.arena, info.ordblks, info.smblks, info.hblks, info.hblkhd, info.usmblks, info.fsmblks,
        info.uordblks, info.fordblks, info.keepcost}) {
    EXPECT_GE(field, 0);
  }
  subject().free(block);
}

TEST(MallinfoTest, MallocInfoWritesXml) {
  char* text = nullptr;
  std::size_t length = 0;
  std::FILE* const stream = open_memstream(&text, &length);
  ASSERT_NE(stream, nullptr);
  EXPECT_EQ(libc_names().malloc_info(0, stream), 0);
  std::fclose(stream);
  const std::string document(text, length);
  std::free(text);
  EXPECT_EQ(document.find("<malloc version="), 0U) << document;
  EXPECT_NE(document.find("</malloc>"), std::string::npos) << document;

  // Every element that opens closes, in order.
  std::vector<std::string> open;
  for (std::size_t at = document.find('<'); at != std::string::npos; at = document.find('<', at)) {
    const std::size_t end = document.find('>', at);
    ASSERT_NE(end, std::string::npos);
    const std::string tag = document.substr(at + 1, end - at - 1);
    at = end;
    if (tag.back() == '/') continue;
    if (tag.front() != '/') {
      open.push_back(tag.substr(0, tag.find(' ')));
      continue;
    }
    ASSERT_FALSE(open.empty()) << document;
    EXPECT_EQ(open.back(), tag.substr(1)) << document;
    open.pop_back();
  }
  EXPECT_TRUE(open.empty()) << document;
}

TEST(MallinfoTest, MallocInfoRefusesOptions) {
  std::FILE* const stream = std::fopen("/dev/null", "we");
  ASSERT_NE(stream, nullptr);
  // glibc answers EINVAL, and says so in errno or in the result.
  errno = 0;
  const int result = libc_names().malloc_info(1, stream);
  EXPECT_TRUE(result == EINVAL || (result == -1 && errno == EINVAL)) << result;
  std::fclose(stream);
}

const Scenario print_malloc_stats("print_malloc_stats", [] {
  void* const block = subject().malloc(5 * mib);
  libc_names().malloc_stats();
  subject().free(block);
});

TEST(MallinfoTest, MallocStatsWritesToStandardError) {
  const Outcome outcome = run_scenario(print_malloc_stats);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
  EXPECT_GT(outcome.error.size(), 20U) << outcome.text();
  EXPECT_TRUE(outcome.output.empty()) << outcome.text();
}

}  // namespace
}  // namespace contract
