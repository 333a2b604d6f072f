// child.h: one child process: started with a given allocator, waited for, measured.
//
// Between us and it stands the launcher (launcher/launcher.cc), so that its memory is its own and
// nothing that it started outlives it. Who kills the launcher (SIGKILL) kills the child and its
// process group; what has left that group goes on. The kernel, short of memory, chooses large
// processes: the launcher is the smallest.
//
// What it prints is kept in files without a name, not in memory: a program that prints gigabytes
// would take what it is measured in.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "measure/file_descriptor.h"

namespace hakmem::cli {

struct ChildSpec {
  std::vector<std::string> command;      // the first word is the path of the executable
  std::vector<std::string> environment;  // NAME=VALUE, on top of our own
  std::filesystem::path preload;         // the one preloaded library; empty: none
  bool keep_output = true;               // false: standard output goes nowhere
};

struct Ending {
  int wait_status = 0;  // as of wait4
  double seconds = 0;   // from just before the start to the end
  // Of the largest process among the child and those it waited for.
  std::uint64_t peak_rss_bytes = 0;
};

class Child {
 public:
  // Returns when the program runs; throws UserError if it cannot be started. The child leads a
  // process group of its own, dies with us, and has no descriptors from us but 0, 1 and 2.
  explicit Child(const ChildSpec& spec);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  // Kills what is still running.
  ~Child();

  [[nodiscard]] pid_t pid() const { return pid_; }
  // The launcher's: the child and all that it started descend from it, also what the child's own
  // children have left behind.
  [[nodiscard]] pid_t ancestor() const { return launcher_; }

  // Waits at most `seconds`, less if we are interrupted. Returns whether the child has ended.
  bool wait(double seconds);
  // Precondition: wait() returned true.
  [[nodiscard]] const Ending& ending() const { return ending_; }
  // Seconds since the start.
  [[nodiscard]] double age() const;
  // Asks the child and its process group to end: SIGTERM.
  void terminate() const;
  // Kills the child with all that it started and waits for their end.
  void kill();

  // What the child has written so far, from byte `from` on; of errors the end, most_error_bytes at
  // most, and the last line that is not empty.
  static constexpr std::size_t most_error_bytes = std::size_t{16} << 20;
  [[nodiscard]] std::string output(std::size_t from = 0) const;
  [[nodiscard]] std::string errors() const;
  [[nodiscard]] std::string last_error_line() const;

 private:
  void collect();

  pid_t launcher_ = -1;
  pid_t pid_ = -1;
  bool ended_ = false;
  Ending ending_;
  double start_seconds_ = 0;
  FileDescriptor output_;
  FileDescriptor errors_;
  FileDescriptor report_;  // readable when the child has ended and all that it started is gone
};

// Throws, naming what is wrong, if no program can be started through the launcher. A command asks
// before it measures, not by every row.
void require_launcher();

// Returns seconds on a clock that only goes forward.
double now_seconds();

}  // namespace hakmem::cli
