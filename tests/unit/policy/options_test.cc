// options_test.cc: what users set becomes part of the snapshot, or a complaint.
#include "policy/options.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace hakmem::policy {
namespace {

using Reason = Complaint::Reason;
using Environment = std::map<std::string, std::string>;

const Environment* environment = nullptr;

const char* read_variable(const char* variable) {
  const auto found = environment->find(variable);
  return found == environment->end() ? nullptr : found->second.c_str();
}

struct Outcome {
  RouteSnapshot snapshot;
  std::vector<std::string> lines;
};

Outcome outcome_of(const Environment& variables) {
  environment = &variables;
  Complaints complaints;
  Outcome outcome;
  outcome.snapshot = make_snapshot(read_variable, complaints);
  for (const Complaint& complaint : complaints) {
    Printer line;
    print_complaint(line, complaint, outcome.snapshot);
    outcome.lines.emplace_back(line.text());
  }
  return outcome;
}

std::string value_of(const RouteSnapshot& snapshot, const char* name) {
  char text[64];
  EXPECT_LT(option_text(snapshot, name, text, sizeof(text)), sizeof(text)) << name;
  return text;
}

std::string value_of(const Environment& variables, const char* name) {
  return value_of(outcome_of(variables).snapshot, name);
}

// The one line that the variables give rise to.
std::string line_of(const Environment& variables) {
  const std::vector<std::string> lines = outcome_of(variables).lines;
  EXPECT_EQ(lines.size(), 1U);
  return lines.empty() ? "" : lines.front();
}

bool same(const RouteSnapshot& a, const RouteSnapshot& b) {
  for (const Option& option : options) {
    if (option_value(a, option.id) != option_value(b, option.id)) return false;
  }
  return true;
}

TEST(Options, nothing_set_is_the_balanced_profile) {
  const Outcome outcome = outcome_of({});
  EXPECT_TRUE(same(outcome.snapshot, RouteSnapshot{}));
  EXPECT_TRUE(outcome.lines.empty());
}

TEST(Options, an_empty_value_counts_as_unset) {
  Environment variables;
  for (const Option& option : options) variables[option.variable.c_str()] = "";
  const Outcome outcome = outcome_of(variables);
  EXPECT_TRUE(same(outcome.snapshot, RouteSnapshot{}));
  EXPECT_TRUE(outcome.lines.empty());
}

TEST(Options, each_reaches_its_own_field_and_no_other) {
  const std::map<OptionId, std::string> other_values = {
      {OptionId::stats, "1"},          {OptionId::on_error, "abort"},
      {OptionId::thp, "never"},        {OptionId::helper, "0"},
      {OptionId::purge, "0"},          {OptionId::decay_ms, "123"},
      {OptionId::heap_budget, "300K"}, {OptionId::foreign_budget, "60K"},
      {OptionId::heap_kept, "33"},     {OptionId::outbox, "1K"},
      {OptionId::inbox, "100K"},       {OptionId::spare_pages, "7"},
      {OptionId::dirty_floor, "3M"},   {OptionId::adaptive_home, "0"},
      {OptionId::prewarm, "1"},        {OptionId::arena, "1G"},
  };
  // The bands are two views of one field and have tests of their own.
  ASSERT_EQ(other_values.size() + 3, options.size());
  for (const auto& [id, text] : other_values) {
    const Option& changed = options[static_cast<unsigned>(id)];
    const Outcome outcome = outcome_of({{changed.variable.c_str(), text}});
    EXPECT_TRUE(outcome.lines.empty()) << changed.name();
    EXPECT_EQ(value_of(outcome.snapshot, changed.name()), text);
    for (const Option& option : options) {
      if (option.id == id) continue;
      EXPECT_EQ(option_value(outcome.snapshot, option.id), option_value(RouteSnapshot{}, option.id))
          << changed.name() << " changed " << option.name();
    }
  }
}

TEST(Options, text_of_a_snapshot_gives_the_same_snapshot) {
  for (unsigned i = 0; i < profile_count; ++i) {
    const RouteSnapshot snapshot = profile_snapshot(static_cast<Profile>(i));
    Environment variables;
    for (const Option& option : options) {
      variables[option.variable.c_str()] = value_of(snapshot, option.name());
    }
    const Outcome outcome = outcome_of(variables);
    EXPECT_TRUE(same(outcome.snapshot, snapshot)) << profile_names[i].name.c_str();
    EXPECT_TRUE(outcome.lines.empty());
  }
}

TEST(Options, limits_are_accepted_and_what_lies_beyond_is_not) {
  for (const Option& option : options) {
    if (option.type == OptionType::flag || option.type == OptionType::choice) continue;
    const std::string variable = option.variable.c_str();
    for (const std::uint64_t value : {option.minimum, option.maximum}) {
      // A part may be as large as it likes if the whole is.
      const Outcome outcome =
          outcome_of({{"HAKMEM_HEAP_BUDGET", "1G"}, {variable, std::to_string(value)}});
      EXPECT_TRUE(outcome.lines.empty()) << option.name() << '=' << value;
      // A mask of 0 names no band.
      if (option.type == OptionType::mask && value == 0) continue;
      EXPECT_EQ(option_value(outcome.snapshot, option.id) & value, value) << option.name();
    }
    EXPECT_NE(line_of({{variable, std::to_string(option.maximum + 1)}}).find(": not within "),
              std::string::npos)
        << option.name();
  }
}

TEST(Options, sizes_have_suffixes) {
  EXPECT_EQ(outcome_of({{"HAKMEM_DIRTY_FLOOR", "65536"}}).snapshot.dirty_floor_bytes, 64 * kib);
  EXPECT_EQ(outcome_of({{"HAKMEM_DIRTY_FLOOR", "0x10000"}}).snapshot.dirty_floor_bytes, 64 * kib);
  EXPECT_EQ(outcome_of({{"HAKMEM_DIRTY_FLOOR", "5k"}}).snapshot.dirty_floor_bytes, 5 * kib);
  EXPECT_EQ(outcome_of({{"HAKMEM_DIRTY_FLOOR", "5M"}}).snapshot.dirty_floor_bytes, 5 * mib);
  EXPECT_EQ(outcome_of({{"HAKMEM_DIRTY_FLOOR", "5g"}}).snapshot.dirty_floor_bytes, 5 * gib);
}

TEST(Options, sizes_print_with_the_largest_suffix_that_is_exact) {
  EXPECT_EQ(value_of({{"HAKMEM_DIRTY_FLOOR", "0"}}, "DIRTY_FLOOR"), "0");
  EXPECT_EQ(value_of({{"HAKMEM_DIRTY_FLOOR", "1000"}}, "DIRTY_FLOOR"), "1000");
  EXPECT_EQ(value_of({{"HAKMEM_DIRTY_FLOOR", "1536K"}}, "DIRTY_FLOOR"), "1536K");
  EXPECT_EQ(value_of({{"HAKMEM_DIRTY_FLOOR", "2048K"}}, "DIRTY_FLOOR"), "2M");
  EXPECT_EQ(value_of({{"HAKMEM_DIRTY_FLOOR", "4096G"}}, "DIRTY_FLOOR"), "4096G");
}

TEST(Options, flags_have_four_ways_to_say_yes_and_no) {
  for (const char* yes : {"1", "on", "YES", "True"}) {
    EXPECT_TRUE(outcome_of({{"HAKMEM_STATS", yes}}).snapshot.print_statistics) << yes;
  }
  for (const char* no : {"0", "off", "NO", "False"}) {
    EXPECT_FALSE(outcome_of({{"HAKMEM_HELPER", no}}).snapshot.helper) << no;
  }
}

TEST(Options, a_bad_value_is_answered_with_one_line_and_the_default) {
  const std::map<std::string, std::map<std::string, std::string>> bad_values = {
      {"HAKMEM_STATS", {{"2", "neither 1 nor 0; using 0"}, {"yes!", "neither 1 nor 0; using 0"}}},
      {"HAKMEM_DECAY_MS",
       {{"abc", "not a number; using 500"},
        {"-1", "not a number; using 500"},
        {"1.5", "not a number; using 500"},
        {"1K", "not a number; using 500"},
        {"0x", "not a number; using 500"},
        {" 1", "not a number; using 500"},
        {"600001", "not within 0..600000; using 500"},
        {"18446744073709551616", "not within 0..600000; using 500"}}},
      {"HAKMEM_HEAP_BUDGET",
       {{"K", "not a size such as 65536, 64K, 1M or 2G; using 256K"},
        {"1KB", "not a size such as 65536, 64K, 1M or 2G; using 256K"},
        {"2G", "not within 0..1G; using 256K"},
        {"99999999999999999999G", "not within 0..1G; using 256K"},
        {"17179869184G", "not within 0..1G; using 256K"}}},
      {"HAKMEM_OUTBOX", {{"1", "not within 64..1M; using 16K"}}},
      {"HAKMEM_CORE_BANDS",
       {{"C6", "not a mask such as 0x40; using 0x0"},
        {"0x200", "not within 0x0..0x1ff; using 0x0"}}},
      {"HAKMEM_ON_ERROR",
       {{"crash", "not one of ignore|report|abort; using report"},
        {"report|abort", "not one of ignore|report|abort; using report"}}},
      {"HAKMEM_PROFILE",
       {{"fast", "not one of balanced|speed|lean; using balanced"},
        {"mid", "this version does not have that profile; using balanced"},
        {"learn", "this version does not have that profile; using balanced"},
        {"LEARN", "this version does not have that profile; using balanced"},
        {"C6_HEAVY_LEGACY_POOLV1", "this version does not have that profile; using balanced"}}},
  };
  for (const auto& [variable, lines] : bad_values) {
    for (const auto& [value, rest] : lines) {
      const Environment variables = {{variable, value}};
      std::string line = variable;
      line.append("=").append(value).append(": ").append(rest);
      EXPECT_EQ(line_of(variables), line);
      EXPECT_TRUE(same(outcome_of(variables).snapshot, RouteSnapshot{}));
    }
  }
}

TEST(Options, the_default_is_that_of_the_chosen_profile) {
  EXPECT_EQ(line_of({{"HAKMEM_PROFILE", "speed"}, {"HAKMEM_HEAP_BUDGET", "much"}}),
            "HAKMEM_HEAP_BUDGET=much: not a size such as 65536, 64K, 1M or 2G; using 2M");
}

TEST(Options, a_complaint_is_one_short_line_whatever_was_given) {
  EXPECT_EQ(line_of({{"HAKMEM_STATS", "a\nb\x1b[31m\xff"}}),
            "HAKMEM_STATS=a?b?[31m?: neither 1 nor 0; using 0");
  EXPECT_EQ(line_of({{"HAKMEM_STATS", std::string(5000, 'x')}}),
            "HAKMEM_STATS=" + std::string(64, 'x') + "...: neither 1 nor 0; using 0");
}

TEST(Options, everything_wrong_at_once_is_complained_of_once_each) {
  Environment variables;
  for (const Option& option : options) variables[option.variable.c_str()] = "?";
  EXPECT_EQ(outcome_of(variables).lines.size(), options.size());
}

TEST(Options, the_foreign_part_never_exceeds_the_heap_budget) {
  // Lowering the whole lowers the part, silently: nobody asked for the part.
  const Outcome lowered = outcome_of({{"HAKMEM_HEAP_BUDGET", "8K"}});
  EXPECT_EQ(lowered.snapshot.foreign_budget_bytes, 8 * kib);
  EXPECT_TRUE(lowered.lines.empty());
  EXPECT_EQ(line_of({{"HAKMEM_FOREIGN_BUDGET", "1M"}}),
            "HAKMEM_FOREIGN_BUDGET=1M: more than HAKMEM_HEAP_BUDGET; using 256K");
}

TEST(Options, band_masks_move_the_bands_they_name) {
  const RouteSnapshot c6 = outcome_of({{"HAKMEM_CORE_BANDS", "0x40"}}).snapshot;
  EXPECT_EQ(c6.lanes[6], Lane::core);
  EXPECT_EQ(value_of(c6, "CORE_BANDS"), "0x40");
  EXPECT_EQ(value_of(c6, "ULTRA_BANDS"), "0x1bf");

  const RouteSnapshot pool =
      outcome_of({{"HAKMEM_PROFILE", "lean"}, {"HAKMEM_ULTRA_BANDS", "256"}}).snapshot;
  EXPECT_EQ(pool.lanes[pool_band], Lane::ultra);
  EXPECT_EQ(value_of(pool, "CORE_BANDS"), "0xff");
}

TEST(Options, ultra_goes_before_core_in_a_band_that_both_name) {
  EXPECT_EQ(value_of({{"HAKMEM_CORE_BANDS", "0xc0"}, {"HAKMEM_ULTRA_BANDS", "0x40"}}, "CORE_BANDS"),
            "0x80");
}

TEST(Options, c0_follows_c1_because_they_share_a_class) {
  EXPECT_EQ(value_of({{"HAKMEM_CORE_BANDS", "0x1"}}, "CORE_BANDS"), "0x0");
  EXPECT_EQ(value_of({{"HAKMEM_CORE_BANDS", "0x2"}}, "CORE_BANDS"), "0x3");
}

TEST(Options, names_are_found_with_and_without_prefix_in_any_case) {
  for (const char* name : {"DECAY_MS", "decay_ms", "HAKMEM_DECAY_MS", "hakmem_Decay_Ms"}) {
    ASSERT_NE(find_option(name), nullptr) << name;
    EXPECT_EQ(find_option(name)->id, OptionId::decay_ms) << name;
  }
  for (const char* name : {"", "DECAY", "DECAY_MS_", "HAKMEM_", "_DECAY_MS"}) {
    EXPECT_EQ(find_option(name), nullptr) << name;
  }
}

TEST(OptionText, is_cut_to_the_buffer_and_always_closed) {
  char buffer[8];
  const RouteSnapshot snapshot;
  EXPECT_EQ(option_text(snapshot, "profile", buffer, 8), 8U);
  EXPECT_STREQ(buffer, "balance");
  EXPECT_EQ(option_text(snapshot, "profile", buffer, 1), 8U);
  EXPECT_STREQ(buffer, "");
  buffer[0] = 'x';
  EXPECT_EQ(option_text(snapshot, "profile", buffer, 0), 8U);
  EXPECT_EQ(option_text(snapshot, "no_such_option", buffer, 8), 0U);
  EXPECT_EQ(buffer[0], 'x');
}

TEST(EnvironmentSnapshot, complains_on_standard_error) {
  testing::internal::CaptureStderr();
  setenv("HAKMEM_THP", "maybe", 1);
  const RouteSnapshot snapshot = snapshot_of_environment();
  unsetenv("HAKMEM_THP");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "hakmem: HAKMEM_THP=maybe: not one of auto|never|always; using auto\n");
  EXPECT_EQ(snapshot.huge_pages, HugePages::automatic);
}

}  // namespace
}  // namespace hakmem::policy
