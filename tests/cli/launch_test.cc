// launch_test.cc: what a program and a library are before anything is started.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "command_line.h"
#include "launch/elf_file.h"
#include "launch/executable.h"
#include "launch/installation.h"
#include "launch/preload.h"
#include "measure/temporary_folder.h"
#include "user_error.h"

namespace hakmem::cli {
namespace {

using ::testing::HasSubstr;

// Returns the error's status, its text in `message`; 0 if there was none.
template <class Action>
int status_of(Action action, std::string& message) {
  try {
    action();
  } catch (const UserError& error) {
    message = error.what();
    return error.status();
  }
  return 0;
}

std::filesystem::path write_file(const TemporaryFolder& folder, const std::string& name,
                                 const std::string& text, mode_t mode) {
  const std::filesystem::path path = folder.path() / name;
  std::ofstream(path) << text;
  ::chmod(path.c_str(), mode);
  return path;
}

TEST(Preload, OursComesFirstAndOthersStay) {
  EXPECT_EQ(preload_value("/lib/a.so", ""), "/lib/a.so");
  EXPECT_EQ(preload_value("/lib/a.so", "b.so:/c.so"), "/lib/a.so:b.so:/c.so");
}

TEST(Preload, APathThatWouldBeSplitIsRefused) {
  EXPECT_THROW(preload_value("/my files/a.so", ""), UserError);
  EXPECT_THROW(preload_value("/a:b/a.so", ""), UserError);
}

TEST(Executable, ErrorsHaveTheShellsStatuses) {
  const TemporaryFolder folder;
  const std::string plain = write_file(folder, "plain", "text", 0644);
  std::string message;
  EXPECT_EQ(status_of([] { find_executable(""); }, message), exit_not_found);
  EXPECT_EQ(status_of([] { find_executable("no-such-program-here"); }, message), exit_not_found);
  EXPECT_EQ(status_of([] { find_executable("/no/such/file"); }, message), exit_not_found);
  EXPECT_EQ(status_of([&] { find_executable(plain); }, message), exit_cannot_start);
  EXPECT_EQ(status_of([] { find_executable("/"); }, message), exit_cannot_start);
}

TEST(Executable, TheSystemsProgramsComeBeforeThoseOfPath) {
  const TemporaryFolder folder;
  write_file(folder, "env", "#!/bin/sh\n", 0755);
  const std::string old_path = std::getenv("PATH");
  ::setenv("PATH", (folder.path().string() + ":" + old_path).c_str(), 1);
  EXPECT_EQ(find_executable("env"), folder.path() / "env");
  EXPECT_EQ(find_system_executable("env"), "/usr/bin/env");
  ::setenv("PATH", old_path.c_str(), 1);
}

TEST(Executable, DynamicProgramsAndScriptsCanBePreloaded) {
  const TemporaryFolder folder;
  EXPECT_NO_THROW(require_preloadable("/bin/sh"));
  EXPECT_NO_THROW(require_preloadable(write_file(folder, "script", "#!/bin/sh\necho\n", 0755)));
}

TEST(Executable, AStaticProgramIsRefused) {
  std::string message;
  const std::string program = HAKMEM_STATIC_PROGRAM;
  EXPECT_EQ(status_of([&] { require_preloadable(program); }, message), exit_cannot_start);
  EXPECT_THAT(message, HasSubstr("linked statically"));
}

TEST(Executable, AScriptIsJudgedByItsInterpreter) {
  const TemporaryFolder folder;
  const std::string script =
      write_file(folder, "script", std::string("#!") + HAKMEM_STATIC_PROGRAM + "\n", 0755);
  EXPECT_THROW(require_preloadable(script), UserError);
}

TEST(Executable, ASetuidProgramOfAnotherUserIsRefused) {
  const TemporaryFolder folder;
  const std::filesystem::path copy = folder.path() / "copy";
  std::filesystem::copy_file("/bin/true", copy);
  const uid_t stranger = ::getuid() == 0 ? 12345 : ::getuid();
  // Only root can give a file away; for others the owner stays, and such a program is harmless.
  ASSERT_EQ(::chown(copy.c_str(), stranger, static_cast<gid_t>(-1)), 0);
  ASSERT_EQ(::chmod(copy.c_str(), 04755), 0);
  if (::getuid() == 0) {
    EXPECT_THROW(require_preloadable(copy), UserError);
  } else {
    EXPECT_NO_THROW(require_preloadable(copy));
  }
}

TEST(ElfFile, ALibraryHasABuildIdAndNoText) {
  const std::optional<ElfFile> library = read_elf_file(testing::hakmem_library());
  ASSERT_TRUE(library.has_value());
  EXPECT_TRUE(library->is_shared_object);
  EXPECT_FALSE(library->has_interpreter);
  const std::optional<ElfFile> program = read_elf_file("/bin/sh");
  ASSERT_TRUE(program.has_value());
  EXPECT_TRUE(program->has_interpreter);
  EXPECT_EQ(program->build_id.size(), 40U);
}

TEST(ElfFile, WhatItExportsIsWhatOthersMayUse) {
  EXPECT_EQ(exports_function(testing::hakmem_library(), "malloc"), true);
  EXPECT_EQ(exports_function(HAKMEM_EMPTY_LIBRARY, "empty_preload_is_loaded"), true);
  EXPECT_EQ(exports_function(HAKMEM_EMPTY_LIBRARY, "malloc"), false);
  // /bin/sh calls malloc: it is among its symbols, and not its own.
  EXPECT_EQ(exports_function("/bin/sh", "malloc"), false);
  EXPECT_EQ(exports_function(HAKMEM_OWN_MALLOC_PROGRAM, "malloc"), true);
  const TemporaryFolder folder;
  EXPECT_EQ(exports_function(folder.path() / "absent", "malloc"), std::nullopt);
  EXPECT_EQ(exports_function("/etc/passwd", "malloc"), std::nullopt);
  std::string damaged(64, '\377');
  damaged.replace(0, 7, "\177ELF\2\1\1");
  EXPECT_EQ(exports_function(write_file(folder, "damaged", damaged, 0644), "malloc"), std::nullopt);
}

TEST(ElfFile, WhatIsNoElfFileIsNothing) {
  const TemporaryFolder folder;
  EXPECT_FALSE(read_elf_file(folder.path()).has_value());
  EXPECT_FALSE(read_elf_file(folder.path() / "absent").has_value());
  EXPECT_FALSE(read_elf_file(write_file(folder, "empty", "", 0644)).has_value());
  EXPECT_FALSE(read_elf_file(write_file(folder, "cut", "\177ELF\2\1\1", 0644)).has_value());
  // A header whose program headers lie far beyond the end.
  std::string damaged(64, '\377');
  damaged.replace(0, 7, "\177ELF\2\1\1");
  EXPECT_FALSE(read_elf_file(write_file(folder, "damaged", damaged, 0644)).has_value());
}

TEST(Main, AnErrorThatNobodyForesawIsNoWrongCommandLine) {
  // A file of 32 MiB whose values do not fit into the memory there is.
  const TemporaryFolder folder;
  std::string values(std::size_t{32} << 20, '1');
  for (std::size_t i = 1; i < values.size(); i += 2) values[i] = ',';
  const auto file = write_file(folder, "result.json", "[" + values + "1]", 0644);
  EXPECT_EQ(
      testing::run_shell("ulimit -v 200000; " HAKMEM_COMMAND " scorecard " + file.string()).status,
      exit_unexpected);
  EXPECT_EQ(testing::run_hakmem("compare --nosuch").status, exit_usage);
}

TEST(Installation, AWrongLibraryIsRefused) {
  EXPECT_THROW(checked_library("/no/such/library.so"), UserError);
  EXPECT_THROW(checked_library("/etc/passwd"), UserError);
  EXPECT_EQ(checked_library(testing::hakmem_library()),
            std::filesystem::canonical(testing::hakmem_library()));
}

TEST(Installation, HelpersAndFlavoursLieBesideThisProgram) {
  EXPECT_TRUE(std::filesystem::exists(find_helper("counts/single_calls")));
  EXPECT_THROW(find_helper("counts"), UserError) << "a folder";
  EXPECT_THROW(find_helper("nosuch"), UserError);
  EXPECT_TRUE(find_hakmem_flavour("nosuch").empty());
}

}  // namespace
}  // namespace hakmem::cli
