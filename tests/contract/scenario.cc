// scenario.cc: starts this executable again and collects what it did.
#include "scenario.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace contract {
namespace {

constinit Scenario* first_scenario = nullptr;

// A sanitizer's own work takes longer than the library's.
constexpr int patience_seconds = 100;

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  }
  ~Pipe() {
    close(ends[0]);
    if (ends[1] >= 0) close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_writer() {
    close(ends[1]);
    ends[1] = -1;
  }
};

// Appends what the descriptor has; returns false at its end.
bool drain(int descriptor, std::string& text) {
  char buffer[4096];
  const ssize_t got = read(descriptor, buffer, sizeof(buffer));
  if (got <= 0) return false;
  text.append(buffer, static_cast<std::size_t>(got));
  return true;
}

void collect(pid_t child, int output, int error, Outcome& outcome) {
  const time_t deadline = time(nullptr) + patience_seconds;
  bool output_open = true;
  bool error_open = true;
  while (output_open || error_open) {
    pollfd polled[2] = {{output_open ? output : -1, POLLIN, 0},
                        {error_open ? error : -1, POLLIN, 0}};
    poll(polled, 2, 1000);
    if (polled[0].revents != 0) output_open = drain(output, outcome.output);
    if (polled[1].revents != 0) error_open = drain(error, outcome.error);
    if (time(nullptr) > deadline) {
      kill(child, SIGKILL);
      outcome.output += "(killed: it hung)\n";
      return;
    }
  }
}

}  // namespace

Scenario::Scenario(const char* name, void (*body)())
    : name_(name), body_(body), next_(first_scenario) {
  first_scenario = this;
}

std::vector<std::string> Outcome::lines() const {
  std::vector<std::string> found;
  std::istringstream stream(error);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("hakmem: ")) found.push_back(line);
  }
  return found;
}

std::string Outcome::text() const {
  std::ostringstream stream;
  stream << "exit code " << exit_code << ", signal " << signal << "\noutput: " << output
         << "\nerror: " << error;
  return stream.str();
}

Outcome run_scenario(const Scenario& scenario, const Environment& environment,
                     const std::function<void()>& before) {
  const std::string argument = std::string("--scenario=") + scenario.name();
  Pipe output;
  Pipe error;
  const pid_t child = fork();
  if (child < 0) std::abort();
  if (child == 0) {
    dup2(output.ends[1], STDOUT_FILENO);
    dup2(error.ends[1], STDERR_FILENO);
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    if (before) before();
    execl("/proc/self/exe", program_invocation_name, argument.c_str(), nullptr);
    _exit(126);
  }
  output.close_writer();
  error.close_writer();
  Outcome outcome;
  collect(child, output.ends[0], error.ends[0], outcome);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  return outcome;
}

void require(bool condition, const char* what) {
  if (condition) return;
  say("not so: %s (errno %d)\n", what, errno);
  _exit(3);
}

void say(const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  if (write(STDOUT_FILENO, text, static_cast<std::size_t>(length)) < 0) _exit(4);
}

int run_scenario_body(const char* name) {
  for (const Scenario* known = first_scenario; known != nullptr; known = known->next_) {
    if (std::strcmp(known->name_, name) != 0) continue;
    known->body_();
    return 0;
  }
  say("no scenario %s\n", name);
  return 2;
}

}  // namespace contract
