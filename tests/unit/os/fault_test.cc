// fault_test.cc: the plan that says which system calls are refused.
//
// A process reads its plan once: each test has a process of its own, started anew.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "os/memory.h"
#include "os/site.h"

namespace hakmem::os {
namespace {

// Ends the process with 0 if, by the plan, calls of `site` are refused as `expected` draws them:
// r for refused, - for allowed.
void expect_refusals(const char* plan, Site site, const char* expected) {
  if (plan != nullptr) {
    setenv("HAKMEM_FAULT", plan, 1);
  } else {
    unsetenv("HAKMEM_FAULT");
  }
  std::string got;
  for (const char* c = expected; *c != 0; ++c) got += plan_refuses(site) ? 'r' : '-';
  _exit(got == expected ? 0 : 1);
}

struct PlanCase {
  const char* name;
  const char* plan;
  const char* expected;
};

class FaultPlan : public testing::TestWithParam<PlanCase> {
 protected:
  FaultPlan() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

class Fault : public testing::Test {
 protected:
  Fault() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_P(FaultPlan, refuses_what_it_says) {
  EXPECT_EXIT(expect_refusals(GetParam().plan, Site::large_map, GetParam().expected),
              testing::ExitedWithCode(0), "");
}

INSTANTIATE_TEST_SUITE_P(
    ByPlan, FaultPlan,
    testing::Values(PlanCase{"none", nullptr, "------"},
                    PlanCase{"the_first_call", "large_map:1", "r-----"},
                    PlanCase{"the_third_call", "large_map:3", "--r---"},
                    PlanCase{"some_calls_in_a_row", "large_map:2:3", "-rrr--"},
                    PlanCase{"all_calls", "large_map:1:1000000", "rrrrrr"},
                    PlanCase{"another_site", "large_move:1:100", "------"},
                    PlanCase{"a_site_whose_name_begins_alike", "large_ma:1", "------"},
                    PlanCase{"call_zero", "large_map:0", "------"}),
    [](const testing::TestParamInfo<PlanCase>& parameter) { return parameter.param.name; });

TEST_F(Fault, an_unknown_site_is_said_to_be_one) {
  EXPECT_EXIT(expect_refusals("nowhere:1", Site::large_map, "--"), testing::ExitedWithCode(0),
              "hakmem: HAKMEM_FAULT=nowhere:1: no such site");
}

TEST_F(Fault, the_sites_are_listed_on_request) {
  EXPECT_EXIT(expect_refusals("list", Site::large_map, "--"), testing::ExitedWithCode(0),
              "hakmem: fault-site arena_reserve\n(.*\n)*hakmem: fault-site helper_start");
}

TEST_F(Fault, each_site_has_a_name_of_its_own) {
  for (unsigned i = 0; i < site_names.size(); ++i) {
    for (unsigned j = 0; j < i; ++j) EXPECT_STRNE(site_names[i], site_names[j]);
  }
}

// Where refusals are built in, the calls of memory.h obey; elsewhere nothing asks for the plan.
TEST_F(Fault, system_calls_obey_where_that_is_built_in) {
  const auto map_under_plan = [] {
    setenv("HAKMEM_FAULT", "large_map:1", 1);
    void* const first = map(Site::large_map, os_page_bytes, os_page_bytes);
    void* const second = map(Site::large_map, os_page_bytes, os_page_bytes);
    _exit((first == nullptr) == build::faults && second != nullptr ? 0 : 1);
  };
  EXPECT_EXIT(map_under_plan(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace hakmem::os
