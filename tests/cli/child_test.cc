// child_test.cc: a child ends as we say, and nothing that it started outlives it, or us.
#include "measure/child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>

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
