// subject_libc_names_test.cc: proof that malloc's further names and operator new are hakmem's.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <string>

#include "subject.h"

namespace contract {
namespace {

template <typename... Functions>
void expect_in_subject(Functions*... functions) {
  const std::string home = subject_object();
  const auto expect_one = [&](auto* function) {
    Dl_info info{};
    ASSERT_NE(function, nullptr);
    ASSERT_NE(dladdr(reinterpret_cast<void*>(function), &info), 0);
    EXPECT_NE(std::string(info.dli_fname).find(home), std::string::npos) << info.dli_fname;
  };
  (expect_one(functions), ...);
}

TEST(SubjectLibcNamesTest, FunctionsAreHakmems) {
  const LibcNames& n = libc_names();
  expect_in_subject(n.memalign, n.valloc, n.pvalloc, n.cfree, n.malloc_trim, n.mallopt, n.mallinfo,
                    n.mallinfo2, n.malloc_info, n.malloc_stats);
}

TEST(SubjectLibcNamesTest, OperatorsAreHakmems) {
  const Operators& o = operators();
  expect_in_subject(o.take, o.take_array, o.take_nothrow, o.take_array_nothrow, o.take_aligned,
                    o.take_array_aligned, o.take_aligned_nothrow, o.take_array_aligned_nothrow);
  expect_in_subject(o.give, o.give_array, o.give_sized, o.give_array_sized, o.give_nothrow,
                    o.give_array_nothrow, o.give_aligned, o.give_array_aligned,
                    o.give_sized_aligned, o.give_array_sized_aligned, o.give_aligned_nothrow,
                    o.give_array_aligned_nothrow);
}

}  // namespace
}  // namespace contract
