// hak_api_test.cc: the functions of hakmem.h that speak of the allocator as a whole.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "blocks.h"
#include "scenario.h"

namespace contract {
namespace {

std::string option(const char* name) {
  char value[128];
  return subject().get_option(name, value, sizeof(value)) == 0 ? value : "(unknown)";
}

TEST(HakApiTest, VersionIsTheHeaders) {
  const std::string expected = std::to_string(HAKMEM_VERSION_MAJOR) + '.' +
                               std::to_string(HAKMEM_VERSION_MINOR) + '.' +
                               std::to_string(HAKMEM_VERSION_PATCH);
  EXPECT_EQ(subject().version(), expected);
}

TEST(HakApiTest, StatisticsNeedTheirSize) {
  hak_statistics snapshot{};
  EXPECT_EQ(subject().get_statistics(&snapshot), EINVAL);
}

TEST(HakApiTest, StatisticsOfAnOlderCallerAreCutToItsSize) {
  hak_statistics snapshot;
  std::memset(&snapshot, 0xee, sizeof(snapshot));
  snapshot.size = offsetof(hak_statistics, page_bytes);
  EXPECT_EQ(subject().get_statistics(&snapshot), 0);
  EXPECT_EQ(snapshot.size, offsetof(hak_statistics, page_bytes));
  const auto* const bytes = reinterpret_cast<const unsigned char*>(&snapshot);
  for (std::size_t i = offsetof(hak_statistics, page_bytes); i < sizeof(snapshot); ++i) {
    ASSERT_EQ(bytes[i], 0xee) << i;
  }
}

TEST(HakApiTest, StatisticsOfANewerCallerAreAccepted) {
  struct {
    hak_statistics known;
    std::uint64_t unknown[4];
  } snapshot{};
  snapshot.known.size = sizeof(snapshot);
  subject().free(subject().malloc(100));
  EXPECT_EQ(subject().get_statistics(&snapshot.known), 0);
  EXPECT_GT(snapshot.known.committed_bytes, 0U);
}

TEST(HakApiTest, LiveBlocksAreCountedExactly) {
  std::vector<void*> blocks(1000);
  const hak_statistics before = statistics();
  std::size_t usable = 0;
  for (void*& block : blocks) {
    block = subject().malloc(200);
    usable += subject().usable_size(block);
  }
  const hak_statistics during = statistics();
  for (void* const block : blocks) subject().free(block);
  const hak_statistics after = statistics();
  EXPECT_EQ(during.live_blocks, before.live_blocks + blocks.size());
  EXPECT_EQ(during.live_bytes, before.live_bytes + usable);
  EXPECT_EQ(after.live_blocks, before.live_blocks);
  EXPECT_EQ(after.live_bytes, before.live_bytes);
}

TEST(HakApiTest, StatisticsAreOrdered) {
  void* const small = subject().malloc(100);
  void* const large = subject().malloc(mib);
  const hak_statistics s = statistics();
  EXPECT_GE(s.large_bytes, mib);
  EXPECT_GE(s.committed_bytes, s.page_bytes);
  EXPECT_GE(s.page_bytes + s.large_bytes, s.live_bytes);
  EXPECT_GT(s.metadata_bytes, 0U);
  EXPECT_GE(s.heap_count, 1U);
  EXPECT_EQ(s.error_count, 0U);
  subject().free(small);
  subject().free(large);
}

const Scenario print_statistics_to_stdout("print_statistics_to_stdout", [] {
  subject().free(subject().malloc(100));
  subject().print_statistics(STDOUT_FILENO);
});

TEST(HakApiTest, PrintedStatisticsAreOneGreppableLineABlock) {
  const Outcome outcome = run_scenario(print_statistics_to_stdout);
  ASSERT_TRUE(outcome.passed()) << outcome.text();
  EXPECT_NE(outcome.output.find("[PAGE_STATS]"), std::string::npos) << outcome.text();
  std::size_t start = 0;
  while (start < outcome.output.size()) {
    EXPECT_EQ(outcome.output[start], '[') << outcome.text();
    const std::size_t end = outcome.output.find('\n', start);
    ASSERT_NE(end, std::string::npos) << outcome.text();
    start = end + 1;
  }
}

TEST(HakApiTest, OptionsAreFoundInAnyCase) {
  EXPECT_EQ(option("PROFILE"), option("profile"));
  EXPECT_NE(option("profile"), "(unknown)");
  EXPECT_EQ(option("on_error"), "report");
  char value[8];
  EXPECT_EQ(subject().get_option("no_such_option", value, sizeof(value)), EINVAL);
  EXPECT_EQ(subject().get_option("", value, sizeof(value)), EINVAL);
}

TEST(HakApiTest, AnOptionsTextIsCutWithItsClosingZero) {
  char value[4] = {'x', 'x', 'x', 'x'};
  EXPECT_EQ(subject().get_option("on_error", value, 3), ERANGE);
  EXPECT_STREQ(value, "re");
  EXPECT_EQ(value[3], 'x');
  EXPECT_EQ(subject().get_option("on_error", value, 0), ERANGE);
  char whole[7];
  EXPECT_EQ(subject().get_option("on_error", whole, sizeof(whole)), 0);
  EXPECT_STREQ(whole, "report");
}

const Scenario print_options("print_options", [] {
  say("profile=%s on_error=%s\n", option("profile").c_str(), option("on_error").c_str());
  subject().free(subject().malloc(100));
});

TEST(HakApiTest, OptionsComeFromTheEnvironment) {
  const Outcome chosen =
      run_scenario(print_options, {{"HAKMEM_PROFILE", "lean"}, {"HAKMEM_ON_ERROR", "ignore"}});
  EXPECT_EQ(chosen.output, "profile=lean on_error=ignore\n") << chosen.text();
  EXPECT_TRUE(chosen.lines().empty()) << chosen.text();
}

TEST(HakApiTest, ABadValueIsOneLineAndTheDefault) {
  const Outcome outcome = run_scenario(print_options, {{"HAKMEM_ON_ERROR", "explode"}});
  EXPECT_NE(outcome.output.find("on_error=report"), std::string::npos) << outcome.text();
  ASSERT_EQ(outcome.lines().size(), 1U) << outcome.text();
  EXPECT_EQ(outcome.lines()[0].find("hakmem: HAKMEM_ON_ERROR=explode: "), 0U) << outcome.text();
  EXPECT_TRUE(outcome.passed());
}

TEST(HakApiTest, InvariantsHoldInAWorkedProcess) {
  std::vector<void*> blocks;
  for (unsigned round = 0; round < 30; ++round) {
    for (const std::size_t bytes : lane_sizes) {
      if (bytes < mib) blocks.push_back(subject().malloc(bytes));
    }
    for (std::size_t i = round; i < blocks.size(); i += 3) {
      subject().free(blocks[i]);
      blocks[i] = nullptr;
    }
  }
  EXPECT_EQ(subject().check_invariants(), 0U);
  for (void* const block : blocks) subject().free(block);
  EXPECT_EQ(subject().check_invariants(), 0U);
}

}  // namespace
}  // namespace contract
