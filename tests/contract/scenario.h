// scenario.h: misuse and limits, each in a fresh process of this same executable.
//
// A Scenario is a named body; run_scenario starts the executable again so that only that body runs,
// under its own environment and limits, and hands back how it ended and what it printed. The body
// fails by `require`, whose text goes to standard output: standard error belongs to the library's
// lines, which the tests count.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace contract {

class Scenario {
 public:
  Scenario(const char* name, void (*body)());
  [[nodiscard]] const char* name() const { return name_; }

 private:
  friend int run_scenario_body(const char* name);
  const char* name_;
  void (*body_)();
  Scenario* next_;
};

struct Outcome {
  int exit_code = -1;  // -1: ended by `signal`
  int signal = 0;
  std::string output;
  std::string error;

  // The library's lines on standard error.
  [[nodiscard]] std::vector<std::string> lines() const;
  // For the message of a failed expectation.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool passed() const { return exit_code == 0; }
};

using Environment = std::vector<std::pair<std::string, std::string>>;

// Runs `scenario` with `environment` added and `before` called in the new process just before it
// becomes this executable (limits go there). A process that hangs is killed after a minute.
Outcome run_scenario(const Scenario& scenario, const Environment& environment = {},
                     const std::function<void()>& before = {});

// Ends the process, with `what` on standard output, unless `condition` holds.
void require(bool condition, const char* what);
// Prints without allocating.
void say(const char* format, ...) __attribute__((format(printf, 1, 2)));

// Runs the body called `name` in this process; main calls it for --scenario=.
int run_scenario_body(const char* name);

}  // namespace contract
