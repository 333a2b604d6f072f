// errors_test.cc: the three ways to meet a wrong pointer.
#include "heap/errors.h"

#include <csignal>
#include <string>

#include "unit/heap/fresh_heaps.h"

namespace hakmem::heap {
namespace {

class ErrorsTest : public testing::Test {
 protected:
  ErrorsTest() { forget_heaps(); }
  ~ErrorsTest() override { forget_heaps(); }

  static std::string reported(policy::OnError way) {
    on_error = way;
    testing::internal::CaptureStderr();
    report_pointer("free", reinterpret_cast<void*>(0x1234), "is no block of ours");
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(ErrorsTest, ignored_are_counted) {
  EXPECT_EQ(reported(policy::OnError::ignore), "");
  EXPECT_EQ(error_count.load_relaxed(), 1U);
}

TEST_F(ErrorsTest, reported_are_one_line_that_says_what_and_where) {
  EXPECT_EQ(reported(policy::OnError::report), "hakmem: free: 0x1234 is no block of ours\n");
  EXPECT_EQ(error_count.load_relaxed(), 1U);
}

TEST_F(ErrorsTest, abort_follows_the_line) {
  on_error = policy::OnError::abort;
  EXPECT_EXIT(report_pointer("realloc", nullptr, "is wrong"), testing::KilledBySignal(SIGABRT),
              "hakmem: realloc: 0x0 is wrong");
}

}  // namespace
}  // namespace hakmem::heap
