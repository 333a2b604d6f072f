// print_test.cc: text without stdio.
#include "base/print.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace hakmem {
namespace {

template <class T>
std::string printed(const T& value) {
  Printer printer;
  printer << value;
  EXPECT_EQ(printer.length(), std::string(printer.text()).size());
  return printer.text();
}

TEST(Printer, prints_numbers_from_end_to_end) {
  EXPECT_EQ(printed(std::uint64_t{0}), "0");
  EXPECT_EQ(printed(std::uint32_t{10}), "10");
  EXPECT_EQ(printed(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(printed(std::numeric_limits<int>::max()), "2147483647");
  EXPECT_EQ(printed(std::numeric_limits<int>::min()), "-2147483648");
  EXPECT_EQ(printed(-1), "-1");
}

TEST(Printer, prints_pointers_in_hexadecimal) {
  EXPECT_EQ(printed(static_cast<const void*>(nullptr)), "0x0");
  EXPECT_EQ(printed(reinterpret_cast<const void*>(0x7f00'1234'abcd'e0f0)), "0x7f001234abcde0f0");
  EXPECT_EQ(printed(reinterpret_cast<const void*>(~std::uintptr_t{0})), "0xffffffffffffffff");
}

TEST(Printer, strings_its_parts_together) {
  Printer printer;
  printer << "a=" << 1 << ',' << "b=" << std::uint64_t{2};
  EXPECT_STREQ(printer.text(), "a=1,b=2");
  printer.clear();
  EXPECT_STREQ(printer.text(), "");
  printer << 'x';
  EXPECT_STREQ(printer.text(), "x");
}

TEST(Printer, cuts_what_does_not_fit) {
  Printer printer;
  for (unsigned i = 0; i < 3000; ++i) printer << "0123456789";
  EXPECT_EQ(printer.length(), 1023U);
  EXPECT_EQ(std::string(printer.text()).size(), 1023U);
  printer << std::uint64_t{12345} << "more";
  EXPECT_EQ(printer.length(), 1023U);
  EXPECT_EQ(printer.text()[1022], '2');
}

}  // namespace
}  // namespace hakmem
