// interrupt_test.cc: a terminal that is closed ends the measuring, not what was measured.
#include "measure/interrupt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "command_line.h"
#include "measure/temporary_folder.h"

namespace hakmem::cli::testing {
namespace {

// Counts its runs in a file.
std::string counting_script(const std::string& marks) { return "sleep 0.1; echo x >> " + marks; }

bool has_lines(const std::string& file, int wanted) {
  std::ifstream lines(file);
  int count = 0;
  for (std::string line; std::getline(lines, line);) ++count;
  return count >= wanted;
}

TEST(Interrupt, WhatWasMeasuredOutlivesTheTerminal) {
  const TemporaryFolder folder;
  const std::string marks = folder.path() / "marks";
  const std::string script = counting_script(marks);
  const std::string out = folder.path() / "out";
  int terminal = -1;
  const pid_t command = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  ASSERT_GE(command, 0);
  if (command == 0) {
    ::execl(HAKMEM_COMMAND, HAKMEM_COMMAND, "compare", "--allocator", "libc", "--rounds", "500",
            "--out", out.c_str(), "--", "/bin/sh", "-c", script.c_str(), nullptr);
    ::_exit(127);
  }
  // Nobody reads what it prints: that is less than a terminal holds.
  while (!has_lines(marks, 5)) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ::close(terminal);
  int status = 0;
  ASSERT_EQ(::waitpid(command, &status, 0), command);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGHUP);
  std::ifstream file(out + "/result.json");
  const auto result = nlohmann::json::parse(file);
  EXPECT_EQ(result["interrupted"], true);
  EXPECT_GE(result["rows"][0]["samples"].size(), 2U);
}

TEST(Interrupt, UnderNohupATerminalMayGo) {
  const TemporaryFolder folder;
  const std::string hang_up = interrupt_command.substr(0, 5) + "-HUP" + interrupt_command.substr(9);
  const Outcome outcome =
      run_shell("cd " + folder.path().string() + " && nohup " + HAKMEM_COMMAND +
                " compare --allocator libc --rounds 1 -- /bin/sh -c 'sleep 0.1; " + hang_up + "'");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
}

}  // namespace
}  // namespace hakmem::cli::testing
