// subject_test.cc: proof that the functions under test are hakmem's, in each way.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "blocks.h"

namespace contract {
namespace {

template <typename Function>
std::string object_of(Function* function) {
  Dl_info info{};
  if (function == nullptr) return "(the function is missing)";
  if (dladdr(reinterpret_cast<void*>(function), &info) == 0) return "(in no object)";
  return info.dli_fname;
}

template <typename... Functions>
void expect_in_subject(Functions*... functions) {
  const std::string home = subject_object();
  const auto expect_one = [&](const std::string& object) {
    EXPECT_NE(object.find(home), std::string::npos) << object << " instead of " << home;
  };
  (expect_one(object_of(functions)), ...);
}

TEST(SubjectTest, BlockFunctionsAreHakmems) {
  const Subject& s = subject();
  expect_in_subject(s.malloc, s.calloc, s.realloc, s.reallocarray, s.free, s.free_sized,
                    s.free_aligned_sized, s.aligned_alloc, s.posix_memalign, s.usable_size);
}

TEST(SubjectTest, HakFunctionsAreHakmems) {
  const Subject& s = subject();
  expect_in_subject(s.version, s.get_statistics, s.print_statistics, s.trim, s.get_option,
                    s.check_invariants);
}

TEST(SubjectTest, BlocksAreCountedByHakmem) {
  constexpr std::size_t bytes = 300 * kib;
  const hak_statistics before = statistics();
  void* const block = subject().malloc(bytes);
  const hak_statistics during = statistics();
  subject().free(block);
  const hak_statistics after = statistics();
  EXPECT_GE(during.live_bytes, before.live_bytes + bytes);
  EXPECT_GE(during.live_blocks, before.live_blocks + 1);
  EXPECT_LE(after.live_bytes + bytes, during.live_bytes);
}

}  // namespace
}  // namespace contract
