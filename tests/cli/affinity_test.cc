// affinity_test.cc: processors are written as they are read.
#include "measure/affinity.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <string>

namespace hakmem::cli {
namespace {

TEST(Affinity, TheListOfUsableProcessorsIsOneToPinTo) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(before), &before), 0);
  const std::string all = usable_processors();
  pin_to(all);
  EXPECT_EQ(usable_processors(), all);
  const std::string first = all.substr(0, all.find_first_of(",-"));
  pin_to(first);
  EXPECT_EQ(usable_processors(), first);
  ASSERT_EQ(::sched_setaffinity(0, sizeof(before), &before), 0);
  EXPECT_EQ(usable_processors(), all);
}

}  // namespace
}  // namespace hakmem::cli
