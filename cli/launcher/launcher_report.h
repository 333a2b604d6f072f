// launcher_report.h: what the launcher tells the command, through a pipe: a Started, and, if the
// program runs, an Ended. Each is written at once and whole.
#pragma once

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

namespace hakmem::cli {

struct Started {
  int error = 0;             // errno where the program could not be started, or 0
  bool launched = true;      // false: error is why the launcher itself could not be
  pid_t program = -1;        // it leads a process group of its own
  double start_seconds = 0;  // just before the start; as of launcher_clock
};

struct Ended {
  int wait_status = 0;  // as of wait4
  // Of the largest process among the program and those it waited for.
  uint64_t peak_rss_bytes = 0;
  double end_seconds = 0;
};

// To the launcher: ask the program and its process group to end. What ends the launcher itself
// (SIGTERM) kills the program and all that it started.
inline constexpr int signal_ask_to_end = SIGUSR1;
inline constexpr int signal_kill = SIGTERM;

// Seconds on a clock that only goes forward and that all processes share.
inline double launcher_clock() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace hakmem::cli
