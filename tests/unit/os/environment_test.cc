// environment_test.cc: variables, time, files.
#include "os/environment.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

namespace hakmem::os {
namespace {

TEST(Environment, is_read_by_name) {
  setenv("HAKMEM_TEST_VARIABLE", "value", 1);
  EXPECT_STREQ(environment("HAKMEM_TEST_VARIABLE"), "value");
  unsetenv("HAKMEM_TEST_VARIABLE");
  EXPECT_EQ(environment("HAKMEM_TEST_VARIABLE"), nullptr);
}

TEST(Environment, time_goes_forward_and_both_clocks_agree) {
  const std::uint64_t first = exact_time();
  const std::uint64_t coarse = coarse_time();
  const std::uint64_t second = exact_time();
  EXPECT_LE(first, second);
  EXPECT_LE(coarse, second);
  EXPECT_LT(first - coarse, 100'000'000U);
}

TEST(Environment, small_files_are_read_to_the_buffers_end) {
  char buffer[8];
  errno = 3;
  ASSERT_TRUE(read_small_file("/proc/self/status", buffer, sizeof buffer));
  EXPECT_STREQ(buffer, "Name:\tu");
  EXPECT_FALSE(read_small_file("/nonexistent", buffer, sizeof buffer));
  EXPECT_FALSE(read_small_file("/proc", buffer, sizeof buffer));
  EXPECT_EQ(errno, 3);
}

TEST(Environment, text_is_written_whole) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string text(3000, 'x');
  write_text(ends[1], text.data(), text.size());
  std::string read_back(4096, ' ');
  EXPECT_EQ(read(ends[0], read_back.data(), read_back.size()), 3000);
  EXPECT_EQ(read_back.substr(0, 3000), text);
  close(ends[0]);
  close(ends[1]);
  errno = 9;
  write_text(ends[1], "nobody listens", 14);
  EXPECT_EQ(errno, 9);
}

TEST(Environment, ends_the_process_with_sigabrt) {
  EXPECT_EXIT(abort_process(), testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace hakmem::os
