// symbols_test.cc: which code is the dynamic loader's.
#include "os/symbols.h"

#include <gtest/gtest.h>
#include <link.h>
#include <sys/auxv.h>
#include <cstdlib>

namespace hakmem::os {
namespace {

int a_function() { return 1; }

TEST(Symbols, code_of_the_loader_is_known) {
  const auto base = reinterpret_cast<const char*>(getauxval(AT_BASE));
  ASSERT_NE(base, nullptr);
  EXPECT_TRUE(is_in_loader(base + 0x2000));
  EXPECT_FALSE(is_in_loader(base - 1));
  EXPECT_FALSE(is_in_loader(reinterpret_cast<const void*>(&a_function)));
  EXPECT_FALSE(is_in_loader(reinterpret_cast<const void*>(&std::abort))) << "libc's";
  int on_stack = 0;
  EXPECT_FALSE(is_in_loader(&on_stack));
}

}  // namespace
}  // namespace hakmem::os
