// report_test.cc: one line on standard error.
#include "os/report.h"

#include <gtest/gtest.h>

#include <string>

namespace hakmem::os {
namespace {

TEST(ReportLine, is_written_when_it_goes_away) {
  testing::internal::CaptureStderr();
  {
    ReportLine line;
    line << "malloc"
         << ": " << 12 << ' ' << static_cast<const void*>(nullptr);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "hakmem: malloc: 12 0x0\n");
}

TEST(ReportLine, ends_like_a_line_however_long_it_is) {
  testing::internal::CaptureStderr();
  {
    ReportLine line;
    for (unsigned i = 0; i < 500; ++i) line << "long ";
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_LE(text.size(), 1024U);
  EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace hakmem::os
