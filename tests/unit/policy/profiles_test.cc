// profiles_test.cc: what each profile is, and the names it answers to.
#include "policy/profiles.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "policy/options.h"

namespace hakmem::policy {
namespace {

const char* profile_variable = nullptr;

const char* read_profile(const char* variable) {
  return std::string_view(variable) == "HAKMEM_PROFILE" ? profile_variable : nullptr;
}

Profile profile_called(const char* name) {
  profile_variable = name;
  Complaints complaints;
  const RouteSnapshot snapshot = make_snapshot(read_profile, complaints);
  EXPECT_EQ(complaints.size(), 0U) << name;
  return snapshot.profile;
}

TEST(Profiles, answer_to_short_and_long_names_in_any_case) {
  const std::map<std::string, Profile> names = {
      {"balanced", Profile::balanced}, {"MIXED_TINYV3_C7_BALANCED", Profile::balanced},
      {"speed", Profile::speed},       {"MIXED_TINYV3_C7_SAFE", Profile::speed},
      {"lean", Profile::lean},         {"LEAN", Profile::lean},
      {"Speed", Profile::speed},       {"mixed_tinyv3_c7_safe", Profile::speed},
  };
  for (const auto& [name, profile] : names)
    EXPECT_EQ(profile_called(name.c_str()), profile) << name;
}

TEST(Profiles, short_names_come_first_in_the_order_of_the_enum) {
  for (unsigned i = 0; i < profile_count; ++i) {
    EXPECT_EQ(static_cast<unsigned>(profile_names[i].profile), i);
    EXPECT_TRUE(profile_names[i].available);
    Printer printer;
    print_value(printer, options[static_cast<unsigned>(OptionId::profile)], i);
    EXPECT_EQ(profile_names[i].name.view(), printer.text());
    EXPECT_EQ(profile_snapshot(profile_names[i].profile).profile, profile_names[i].profile);
  }
}

TEST(Profiles, balanced_is_what_holds_before_options_are_read) {
  const RouteSnapshot initial;
  const RouteSnapshot balanced = profile_snapshot(Profile::balanced);
  for (const Option& option : options) {
    EXPECT_EQ(option_value(initial, option.id), option_value(balanced, option.id)) << option.name();
  }
}

TEST(Profiles, keep_more_from_lean_over_balanced_to_speed) {
  const RouteSnapshot lean = profile_snapshot(Profile::lean);
  const RouteSnapshot balanced = profile_snapshot(Profile::balanced);
  const RouteSnapshot speed = profile_snapshot(Profile::speed);
  for (const OptionId id :
       {OptionId::heap_budget, OptionId::heap_kept, OptionId::foreign_budget, OptionId::spare_pages,
        OptionId::dirty_floor, OptionId::decay_ms, OptionId::inbox}) {
    EXPECT_LT(option_value(lean, id), option_value(balanced, id));
    EXPECT_LT(option_value(balanced, id), option_value(speed, id));
  }
  for (const Lane lane : lean.lanes) EXPECT_EQ(lane, Lane::core);
  for (const Lane lane : speed.lanes) EXPECT_EQ(lane, Lane::ultra);
}

}  // namespace
}  // namespace hakmem::policy
