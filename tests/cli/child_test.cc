// child_test.cc: a child ends as we say, and nothing that it started outlives it, or us.
#include "measure/child.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "measure/interrupt.h"
#include "measure/process_map.h"
#include "measure/temporary_folder.h"
#include "user_error.h"

namespace hakmem::cli {
namespace {

constexpr double long_seconds = 60;

// A script that starts a process which leaves its group and session, as servers do, and goes on
// when that has written its id to the file.
std::string with_daemon(const std::string& file) {
  return "setsid sh -c 'echo $$ >" + file + ".new; mv " + file + ".new " + file +
         "; exec sleep 3600' & until [ -e " + file + " ]; do sleep 0.01; done; ";
}

ChildSpec shell_spec(const std::string& script) {
  return {{"/bin/sh", "-c", script}, {}, {}, true};
}

pid_t process_in(const std::string& file) {
  pid_t pid = 0;
  for (int i = 0; i < 6000 && !(std::ifstream(file) >> pid); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return pid;
}

// For processes that somebody else collects: they may be dead for a moment and still be there.
bool ends_soon(pid_t pid) {
  for (int i = 0; i < 1000 && !executable_name(pid).empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return executable_name(pid).empty();
}

bool is_gone(pid_t pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; }

TEST(Child, WhatItStartedEndsWithIt) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "daemon";
  Child child(shell_spec(with_daemon(file) + "sleep 3600 & exit 0"));
  ASSERT_TRUE(child.wait(long_seconds));
  EXPECT_EQ(child.ending().wait_status, 0);
  const pid_t daemon = process_in(file);
  ASSERT_GT(daemon, 0);
  EXPECT_TRUE(is_gone(daemon));
}

TEST(Child, WhatItStartedIsKilledWithIt) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "daemon";
  Child child(shell_spec(with_daemon(file) + "sleep 3600"));
  const pid_t daemon = process_in(file);
  ASSERT_GT(daemon, 0);
  child.kill();
  EXPECT_TRUE(WIFSIGNALED(child.ending().wait_status));
  EXPECT_EQ(WTERMSIG(child.ending().wait_status), SIGKILL);
  EXPECT_TRUE(is_gone(daemon));
  EXPECT_TRUE(is_gone(child.pid()));
}

TEST(Child, WhatItStartedDoesNotOutliveUs) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "daemon";
  const pid_t runner = ::fork();
  ASSERT_GE(runner, 0);
  if (runner == 0) {
    Child child(shell_spec(with_daemon(file) + "sleep 3600"));
    child.wait(long_seconds);
    ::_exit(0);
  }
  const pid_t daemon = process_in(file);
  ASSERT_GT(daemon, 0);
  ::kill(runner, SIGKILL);
  ::waitpid(runner, nullptr, 0);
  EXPECT_TRUE(ends_soon(daemon));
}

TEST(Child, IsAskedToEndTogetherWithItsGroup) {
  Child child(shell_spec("trap 'exit 7' TERM; echo ready; sleep 3600 & wait"));
  while (child.output().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_FALSE(child.wait(0));
  child.terminate();
  ASSERT_TRUE(child.wait(long_seconds));
  EXPECT_EQ(WEXITSTATUS(child.ending().wait_status), 7);
}

TEST(Child, LeadsAGroupOfItsOwnAndHasOurSignalMask) {
  Child child(shell_spec("grep SigBlk /proc/self/status; ps -o pgid= -p $$ | tr -d ' '; echo $$"));
  ASSERT_TRUE(child.wait(long_seconds));
  const std::string group = std::to_string(child.pid());
  EXPECT_EQ(child.output(), "SigBlk:\t0000000000000000\n" + group + "\n" + group + "\n");
}

// What a process has open, by number; without what it would have from us in any case.
std::set<int> descriptors_of(pid_t pid) {
  std::set<int> numbers;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    const int number = std::stoi(entry.path().filename());
    const int flags = ::fcntl(number, F_GETFD);
    const bool is_inherited = number > STDERR_FILENO && flags >= 0 && (flags & FD_CLOEXEC) == 0;
    if (!is_inherited) numbers.insert(number);
  }
  return numbers;
}

TEST(Child, HasThreeDescriptorsAndNoMore) {
  const Child child({{"/bin/sleep", "3600"}, {}, {}, true});
  EXPECT_EQ(descriptors_of(child.pid()), (std::set<int>{0, 1, 2}));
}

TEST(Child, DiesOfABrokenPipeWhateverWeIgnore) {
  const auto before = std::signal(SIGPIPE, SIG_DFL);
  const auto ignored_by_child = [] {
    Child child(shell_spec("grep SigIgn /proc/self/status"));
    EXPECT_TRUE(child.wait(long_seconds));
    return child.output();
  };
  const std::string usual = ignored_by_child();
  {
    const InterruptGuard guard;
    EXPECT_EQ(ignored_by_child(), usual);
  }
  std::signal(SIGPIPE, before);
}

TEST(Child, HoweverMuchItPrintsTheEndIsKeptOutsideOfMemory) {
  Child child(
      shell_spec("head -c 20000000 /dev/zero | tr '\\0' x >&2; echo >&2; "
                 "echo last words >&2; sleep 3600"));
  while (child.last_error_line() != "last words") {
    ASSERT_FALSE(child.wait(0.01));
  }
  EXPECT_EQ(child.errors().size(), Child::most_error_bytes);
  const std::string fd = "/proc/" + std::to_string(child.pid()) + "/fd/";
  for (const char* const number : {"1", "2"}) {
    EXPECT_THAT(std::filesystem::read_symlink(fd + number).string(),
                ::testing::Not(::testing::HasSubstr("memfd")));
  }
}

TEST(Child, ALauncherThatIsKilledTakesTheProgramAndItsGroupWithIt) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "ready";
  Child child(shell_spec("sleep 3600 & echo $!; until [ -e " + file +
                         " ]; do sleep 0.01; done; "
                         "kill -KILL $PPID; wait"));
  std::ofstream{file};
  ASSERT_TRUE(child.wait(long_seconds));
  EXPECT_EQ(WTERMSIG(child.ending().wait_status), SIGKILL);
  EXPECT_TRUE(ends_soon(std::stoi(child.output())));
}

TEST(Child, WhatCannotBeStartedIsNamed) {
  try {
    const Child child({{"/no/such/program"}, {}, {}, true});
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("/no/such/program: No such file"));
    EXPECT_EQ(error.status(), exit_cannot_start);
  }
}

}  // namespace
}  // namespace hakmem::cli
