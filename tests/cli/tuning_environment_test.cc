// tuning_environment_test.cc: which variables of the caller are part of a result.
#include "measure/tuning_environment.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace hakmem::cli {
namespace {

TEST(TuningEnvironment, HoldsWhatTunesAnAllocatorOrTheLinker) {
  const char* const tuning[] = {"HAKMEM_PROFILE",       "MALLOC_CONF",    "MALLOC_ARENA_MAX",
                                "MIMALLOC_PURGE_DELAY", "GLIBC_TUNABLES", "LD_BIND_NOW"};
  const char* const others[] = {"LD_PRELOAD", "HOME", "XMALLOC_CONF"};
  for (const char* const name : tuning) {
    ASSERT_EQ(tuning_environment().count(name), 0U) << name;
    ::setenv(name, "", 1);
    EXPECT_EQ(tuning_environment().count(name), 1U) << name;
    ::setenv(name, "a=b", 1);
    EXPECT_EQ(tuning_environment()[name], "a=b");
    ::unsetenv(name);
  }
  ::setenv("XMALLOC_CONF", "x", 1);
  for (const char* const name : others) EXPECT_EQ(tuning_environment().count(name), 0U) << name;
  ::unsetenv("XMALLOC_CONF");
}

}  // namespace
}  // namespace hakmem::cli
