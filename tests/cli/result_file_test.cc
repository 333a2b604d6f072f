// result_file_test.cc: results are written whole or not at all, and refused when they are not ours.
#include "result/result_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "file_text.h"
#include "measure/temporary_folder.h"
#include "user_error.h"

namespace hakmem::cli {
namespace {

using ::testing::HasSubstr;
using testing::text_of;
namespace fs = std::filesystem;

std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

// Returns the message of the UserError that `action` throws.
template <class Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ResultFile, WhatIsWrittenIsRead) {
  const TemporaryFolder folder;
  nlohmann::ordered_json result = new_result("compare");
  result["rows"] = {1, 2, 3};
  write_result(folder.path() / "r.json", result);
  nlohmann::ordered_json read = read_result(folder.path() / "r.json");
  EXPECT_THAT(read["written"].get<std::string>(), ::testing::MatchesRegex("....-..-..T..:..:..Z"));
  read["written"] = result["written"];
  EXPECT_EQ(read, result);
  EXPECT_EQ(result["schema"], result_schema);
  EXPECT_EQ(result["kind"], "compare");
  EXPECT_THAT(result["started"].get<std::string>(),
              ::testing::MatchesRegex("....-..-..T..:..:..Z"));
  EXPECT_GE(result["machine"]["cores"], 1);
}

TEST(ResultFile, StartedIsOfTheCommandHoweverOftenAResultIsMade) {
  const auto started = new_result("compare")["started"];
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  nlohmann::ordered_json later = new_result("compare");
  EXPECT_EQ(later["started"], started);
  const TemporaryFolder folder;
  write_result(folder.path() / "r.json", later);
  EXPECT_GT(read_result(folder.path() / "r.json")["written"], started);
}

TEST(ResultFile, AResultIsNotPutInThePlaceOfAnother) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "r.json";
  require_new(path);
  EXPECT_EQ(files_in(folder.path()), 0U);
  write_whole(path, "old");
  EXPECT_EQ(error_of([&] { require_new(path, "look elsewhere"); }),
            path.string() + " is there already; look elsewhere");
  EXPECT_THAT(error_of([&] { require_new(folder.path() / "no" / "r.json"); }),
              HasSubstr("No such file or directory"));
}

TEST(ResultFile, ReplacesWholeAndLeavesNothingBeside) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "r.json";
  write_whole(path, "old");
  write_whole(path, "new");
  EXPECT_EQ(text_of(path), "new");
  EXPECT_EQ(files_in(folder.path()), 1U);
  struct stat status = {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  EXPECT_EQ(status.st_mode & 0777U, 0666U & ~mask);
}

TEST(ResultFile, AFullDiskLeavesWhatWasThere) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "r.json";
  write_whole(path, "old");
  // A file that may not grow beyond 4 KiB stands for a disk that is full.
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small = {4096, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = error_of([&] { write_whole(path, std::string(100'000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, "cannot write " + path.string() + ": File too large");
  EXPECT_EQ(text_of(path), "old");
  EXPECT_EQ(files_in(folder.path()), 1U);
}

TEST(ResultFile, WritabilityIsKnownBefore) {
  const TemporaryFolder folder;
  require_writable(folder.path() / "new.json");
  EXPECT_EQ(files_in(folder.path()), 0U);
  EXPECT_THAT(error_of([&] { require_writable(folder.path()); }), HasSubstr("Is a directory"));
  EXPECT_THAT(error_of([&] { require_writable(folder.path() / "no" / "r.json"); }),
              HasSubstr("No such file or directory"));
}

TEST(ResultFile, WhatIsNoResultIsRefusedByName) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "r.json";
  const auto error = [&path] { return error_of([&path] { read_result(path); }); };
  EXPECT_EQ(error(), "cannot read " + path.string() + ": No such file or directory");
  write_whole(path, R"({"schema": "hakmem-res)");
  EXPECT_EQ(error(), path.string() + ": not a whole JSON document; was it cut short?");
  write_whole(path, R"({"schema": "hakmem-result/1"})");
  EXPECT_THAT(error(), HasSubstr(": schema hakmem-result/1; this version reads "));
  write_whole(path, R"({"schema": 2})");
  EXPECT_THAT(error(), HasSubstr(": schema unknown; "));
  write_whole(path, "[]");
  EXPECT_THAT(error(), HasSubstr(": schema unknown; "));
}

}  // namespace
}  // namespace hakmem::cli
