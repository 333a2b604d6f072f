// launcher.cc: starts one program, waits for it, and lets nothing that it started outlive it.
//
//     launcher REPORT PRELOAD PROGRAM [ARGUMENT...]
//
// REPORT is the number of the descriptor for launcher_report.h, PRELOAD the program's LD_PRELOAD;
// all else, from the signal mask to standard output, the program gets as the launcher got it.
//
// It stands between the command and the programs for two reasons.
// L1  The kernel carries the peak of memory across exec: a program's is never less than what its
//     parent held at the fork. The command holds all that it measured; the launcher holds nothing.
// L2  It is a subreaper: who leaves his process group or his session becomes its child when his
//     parent ends. So it finds and kills them all: when the program has ended, when it is told to,
//     and when the command has died.
//
// It is linked to libc only. Signals are never handled, only waited for: there is no moment to
// miss.
#include "launcher/launcher_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hakmem::cli {

namespace {

constexpr int exit_usage_of_launcher = 2;
constexpr double longest_killing_seconds = 10;  // what belongs to another user cannot be killed

// In the child: becomes the program, or writes errno to `failure` and ends.
[[noreturn]] void become_program(char** words, const char* preload, const sigset_t& mask,
                                 pid_t launcher, int failure) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  if (::getppid() == launcher && ::setenv("LD_PRELOAD", preload, 1) == 0) ::execv(words[0], words);
  const int error = errno;
  const ssize_t written = ::write(failure, &error, sizeof(error));
  ::_exit(written == sizeof(error) ? 126 : 127);
}

Started start(char** words, const char* preload, const sigset_t& mask) {
  Started started;
  // The write end closes by itself when exec succeeds: reading then gives the end of the file.
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    started.error = errno;
    return started;
  }
  const pid_t launcher = ::getpid();
  started.start_seconds = launcher_clock();
  started.program = ::fork();
  if (started.program == 0) become_program(words, preload, mask, launcher, ends[1]);
  if (started.program < 0) started.error = errno;
  ::close(ends[1]);
  if (started.program > 0) {
    ::setpgid(started.program, started.program);
    int error = 0;
    if (::read(ends[0], &error, sizeof(error)) == sizeof(error)) started.error = error;
  }
  ::close(ends[0]);
  return started;
}

// Takes over whoever has ended; returns whether the program was among them.
bool collect(pid_t program, Ended& ended) {
  bool found = false;
  for (;;) {
    int status = 0;
    rusage usage = {};
    const pid_t pid = ::wait4(-1, &status, WNOHANG, &usage);
    if (pid <= 0) return found;
    if (pid != program) continue;
    found = true;
    ended.end_seconds = launcher_clock();
    ended.wait_status = status;
    ended.peak_rss_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  }
}

void kill_children() {
  FILE* const children = ::fopen("/proc/thread-self/children", "re");
  if (children == nullptr) return;
  pid_t pid = 0;  // numbers, with a blank after each
  for (int character = 0; (character = ::fgetc(children)) != EOF;) {
    if (character != ' ') {
      pid = pid * 10 + (character - '0');
    } else if (pid > 0) {
      ::kill(pid, SIGKILL);
      pid = 0;
    }
  }
  ::fclose(children);
}

// Kills children until there are none: the children of those who die become ours. Returns whether
// the program was among them.
bool kill_descendants(pid_t program, Ended& ended) {
  bool found = false;
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  const timespec short_time = {0, 10'000'000};
  for (const double start = launcher_clock(); launcher_clock() < start + longest_killing_seconds;) {
    found |= collect(program, ended);
    siginfo_t left = {};
    if (::waitid(P_ALL, 0, &left, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD) break;
    kill_children();
    ::sigtimedwait(&child_ended, nullptr, &short_time);
  }
  return found;
}

// Waits for the program's end, or for the word to kill it. Returns whether it is known how it
// ended.
bool wait_for(pid_t program, const sigset_t& signals, Ended& ended) {
  for (;;) {
    const int signal = ::sigwaitinfo(&signals, nullptr);
    if (signal == signal_ask_to_end) ::kill(-program, SIGTERM);
    if (signal == signal_kill) {
      ::kill(program, SIGKILL);
      break;
    }
    if (signal == SIGCHLD && collect(program, ended)) {
      kill_descendants(program, ended);
      return true;
    }
  }
  return kill_descendants(program, ended);
}

// Returns false where the command is no more.
template <class Message>
bool tell(int report, const Message& message) {
  return ::write(report, &message, sizeof(message)) == sizeof(message);
}

int launch(int report, const char* preload, char** words) {
  sigset_t all;
  sigset_t mask;
  sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &mask);
  ::signal(SIGCHLD, SIG_DFL);  // ignored, it would take the endings away
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::fcntl(report, F_SETFD, FD_CLOEXEC);
  const Started started = start(words, preload, mask);
  Ended ended;
  if (!tell(report, started) || started.error != 0) {
    kill_descendants(started.program, ended);
    return EXIT_FAILURE;
  }
  if (!wait_for(started.program, all, ended)) return EXIT_FAILURE;
  return tell(report, ended) ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

}  // namespace hakmem::cli

int main(int argc, char** argv) {
  if (argc < 4) {
    fprintf(stderr, "launcher: a part of hakmem, not to be started by hand\n");
    return hakmem::cli::exit_usage_of_launcher;
  }
  const auto report = static_cast<int>(strtol(argv[1], nullptr, 10));
  return hakmem::cli::launch(report, argv[2], argv + 3);
}
