// report_page_test.cc: a page holds all that it names, and nothing in a result can break out of it.
#include "report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "command_line.h"
#include "measure/temporary_folder.h"
#include "result/named_result.h"
#include "result/result_file.h"
#include "user_error.h"

namespace hakmem::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// A page in small, in a folder of its own.
class ReportPage : public ::testing::Test {
 protected:
  ReportPage() {
    write_whole(parts() / "page.html",
                "<link rel=\"stylesheet\" href=\"page.css\" />\n"
                "<script id=\"results\" type=\"application/json\"></script>\n"
                "<script src=\"charts.js\"></script>\n<script src=\"page.js\"></script>\nend\n");
    write_whole(parts() / "page.css", "body {}\n");
    write_whole(parts() / "charts.js", "charts();\n");
    write_whole(parts() / "page.js", "page();\n");
  }

  [[nodiscard]] const fs::path& parts() const { return folder_.path(); }

  [[nodiscard]] std::string page_of(Json document) const {
    return report_page({{"r.json", std::move(document)}}, parts());
  }

  [[nodiscard]] std::string error_of(Json document) const {
    try {
      return "no error, but " + page_of(std::move(document));
    } catch (const UserError& error) {
      return error.what();
    }
  }

 private:
  TemporaryFolder folder_;
};

Json health() { return {{"schema", result_schema}, {"kind", "health"}, {"checks", Json::array()}}; }

Json compare() {
  return {{"schema", result_schema},
          {"kind", "compare"},
          {"base", "libc"},
          {"allocators", Json::array()},
          {"rows",
           {{{"name", "first"},
             {"cells", Json::array()},
             {"samples",
              {{{"verdict", "ok"}, {"detail", "good one"}},
               {{"verdict", "crashed"}, {"detail", "bad one"}}}}}}}};
}

TEST_F(ReportPage, HoldsWhatItNames) {
  EXPECT_EQ(
      page_of(health()),
      "<style>\nbody {}\n</style>\n"
      "<script id=\"results\" type=\"application/json\">"
      R"([{"file":"r.json","document":{"schema":"hakmem-result/2","kind":"health","checks":[]}}])"
      "</script>\n"
      "<script>\ncharts();\n</script>\n<script>\npage();\n</script>\nend\n");
}

TEST_F(ReportPage, NoStringEndsTheScript) {
  Json document = health();
  document["checks"] = {{{"name", "</script><img src=x><!--"}, {"detail", "\xff"}}};
  const std::string page = page_of(document);
  EXPECT_THAT(page, HasSubstr(R"("\u003c/script>\u003cimg src=x>\u003c!--")"));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, HasSubstr("\"detail\":\"\xef\xbf\xbd\""));
}

TEST_F(ReportPage, TheEscapedJsonIsTheSameJson) {
  const Json json = {{"a<b", "<\\<\"</"}, {"list", {1, "<"}}};
  EXPECT_EQ(Json::parse(json_for_script(json)), json);
}

TEST_F(ReportPage, OfTheSamplesThoseThatFailedAreKept) {
  const std::string page = page_of(compare());
  EXPECT_THAT(page, HasSubstr("bad one"));
  EXPECT_THAT(page, Not(HasSubstr("good one")));
}

TEST_F(ReportPage, OfGoodSamplesTheMemoryOverPhasesIsKept) {
  Json document = compare();
  const auto sample = [](int round, std::size_t bytes) {
    const Json phase = {{"name", "idle"}, {"rss_bytes", bytes}, {"rss_over_time", {bytes}}};
    return Json{{"allocator", "libc"},
                {"round", round},
                {"counted", round > 0},
                {"verdict", "ok"},
                {"figures", {{"phases", {phase}}}}};
  };
  document["rows"][0]["samples"] = {sample(0, 4096), sample(1, 8192)};
  const std::string page = page_of(document);
  EXPECT_THAT(page, HasSubstr(R"("samples":[],"phases":[{"allocator":"libc","phases":[{"name":)"
                              R"("idle","rss_bytes":8192,"rss_over_time":[8192]}]}])"));
  EXPECT_THAT(page, Not(HasSubstr("4096"))) << "the warm-up does not count";
}

TEST_F(ReportPage, SoItIsWithTheSamplesOfLinkOrders) {
  const Json rows = compare()["rows"];
  const std::string page = page_of({{"kind", "ab"},
                                    {"gate", Json::object()},
                                    {"decision", "GO"},
                                    {"links", {{{"screening_rows", rows}, {"rows", rows}}}}});
  EXPECT_THAT(page, HasSubstr("bad one"));
  EXPECT_THAT(page, Not(HasSubstr("good one")));
}

TEST_F(ReportPage, AMissingPartIsNamed) {
  fs::remove(parts() / "page.js");
  EXPECT_EQ(error_of(health()),
            "cannot read " + (parts() / "page.js").string() + ": No such file or directory");
}

TEST_F(ReportPage, MissingLibrariesAreNamedWithWhatMakesThem) {
  fs::remove(parts() / "charts.js");
  EXPECT_THAT(error_of(health()), HasSubstr((parts() / "charts.js").string() + " is not there"));
  EXPECT_THAT(error_of(health()), HasSubstr("--target hakmem_report_assets"));
}

TEST_F(ReportPage, WhatIsNotAsDocumentedIsRefusedByName) {
  Json document = health();
  document["kind"] = "nosuch";
  EXPECT_THAT(error_of(document), HasSubstr("r.json: kind nosuch; this version shows compare, ab"));
  document.erase("kind");
  EXPECT_THAT(error_of(document), HasSubstr("r.json: not a result as docs/results.md says"));
  document = compare();
  document["rows"][0].erase("cells");
  EXPECT_THAT(error_of(document), HasSubstr("'cells' not found"));
  document = {{"kind", "soak"}, {"allocators", Json::array()}};
  EXPECT_THAT(error_of(document), HasSubstr("'workload' not found"));
  document = {{"kind", "ab"}, {"gate", {}}};
  EXPECT_THAT(error_of(document), HasSubstr("'decision' not found"));
  document = {{"kind", "counts"}, {"allocators", {Json::object()}}};
  EXPECT_THAT(error_of(document), HasSubstr("'calls' not found"));
}

// No part of ours may hold what only the parts around it may say.
TEST(ReportParts, NoneEndsItsOwnElement) {
  std::size_t scripts = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(testing::report_parts())) {
    if (entry.path().extension() != ".js" || entry.path().filename() == "charts.js") continue;
    ++scripts;
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    EXPECT_THAT(text, Not(HasSubstr("</script"))) << entry.path();
    EXPECT_THAT(text, Not(HasSubstr("<!--"))) << entry.path();
  }
  EXPECT_GT(scripts, 5U);
}

TEST(ReportCommand, BadInputLeavesThePageThatWasThere) {
  const TemporaryFolder folder;
  const std::string page = folder.path() / "page.html";
  const std::string result = folder.path() / "r.json";
  write_whole(page, "old");
  const auto refused = [&](const std::string& text) {
    write_whole(result, text);
    const testing::Outcome outcome = testing::run_hakmem("report " + result + " -o " + page);
    EXPECT_EQ(outcome.status, 2) << outcome.output;
    std::ifstream file(page);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "old");
    return outcome.output;
  };
  EXPECT_THAT(refused("{\"schema\": \"hakmem-res"), HasSubstr(result + ": not a whole JSON"));
  EXPECT_THAT(refused("{\"schema\": \"other/1\"}"), HasSubstr(result + ": schema other/1"));
  EXPECT_THAT(refused(Json{{"schema", result_schema}, {"kind", "x"}}.dump()),
              HasSubstr(result + ": kind x; "));
}

}  // namespace
}  // namespace hakmem::cli
