// flavours_test.cc: `hakmem health` where all flavours are built: what was built is in order, and
// one that miscounts is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "command_line.h"
#include "measure/temporary_folder.h"

namespace hakmem::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;
using testing::run_hakmem;

TEST(Health, ThisBuildIsInOrder) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "health.json";
  const testing::Outcome outcome = run_hakmem("health --out " + file);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, Not(HasSubstr("FAIL")));
  EXPECT_THAT(outcome.output,
              ContainsRegex("PASS  observe   lean      [a-z0-9]+: allocations are frees and live"));
  const Json result = Json::parse(std::ifstream(file));
  EXPECT_EQ(result["kind"], "health");
  EXPECT_EQ(result["passed"], true);
  EXPECT_EQ(result["interrupted"], false);
  ASSERT_EQ(result["allocators"].size(), 2U);
  EXPECT_EQ(result["allocators"][0]["path"],
            std::filesystem::canonical(testing::hakmem_library()).string());
  // Four subjects; all but the real program free everything.
  const auto count = [&result](const std::string& flavour, const std::string& profile) {
    return std::count_if(result["checks"].begin(), result["checks"].end(), [&](const Json& check) {
      return check["flavour"] == flavour && check["profile"] == profile && check["passed"] == true;
    });
  };
  for (const char* const profile : {"balanced", "speed", "lean"}) {
    EXPECT_EQ(count("standard", profile), 4 * 4 + 3) << profile;
    EXPECT_EQ(count("observe", profile), 4 * 8 + 3) << profile;
  }
}

TEST(Health, APlantedMiscountFails) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "health.json";
  const testing::Outcome outcome =
      run_hakmem(std::string("health --profile balanced --flavour observe=") +
                 HAKMEM_MISCOUNTING_LIBRARY + " --out " + file);
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_THAT(outcome.output, ContainsRegex("FAIL  observe  balanced  mixed: allocations are frees "
                                            "and live blocks; .* is not .* \\(off by 2\\)"));
  const Json result = Json::parse(std::ifstream(file));
  EXPECT_EQ(result["passed"], false);
  for (const Json& check : result["checks"]) {
    if (check["passed"] == true) continue;
    EXPECT_THAT(check["name"].get<std::string>(), HasSubstr("allocations are frees and live"));
  }
}

}  // namespace
}  // namespace hakmem::cli
