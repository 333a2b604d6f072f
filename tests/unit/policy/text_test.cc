// text_test.cc: words compared without case, text in place.
#include "policy/text.h"

#include <gtest/gtest.h>

namespace hakmem::policy {
namespace {

TEST(Text, holds_its_literal_up_to_its_capacity) {
  constexpr Text<4> full("abc");
  static_assert(sizeof(full) == 4);
  EXPECT_STREQ(full.c_str(), "abc");
  EXPECT_EQ(Text<8>("").view(), "");
}

TEST(SameWord, ignores_the_case_of_letters_only) {
  EXPECT_TRUE(same_word("Lean", "lEAN"));
  EXPECT_TRUE(same_word("", ""));
  EXPECT_FALSE(same_word("lean", "leaner"));
  EXPECT_FALSE(same_word("leaner", "lean"));
  EXPECT_FALSE(same_word("a[", "a{"));  // 0x20 apart, as letters of different case are
  EXPECT_FALSE(same_word("@", "`"));
}

}  // namespace
}  // namespace hakmem::policy
