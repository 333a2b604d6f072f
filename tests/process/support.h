// support.h: what the programs of tests/process share.
//
// Each program here is one small real program, run with libhakmem preloaded, that judges itself:
// exit status 0 means that every `require` held. The few calls of the C interface that the
// programs need are looked up at run time, so that a program whose preload went missing fails.
// Nothing here allocates unless it says so: the measurements must not disturb what they measure.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hakmem.h"

namespace process_test {

// A printf format that knows where in the sources it stands.
struct Message {
  Message(const char* text, const char* file_name = __builtin_FILE(),  // NOLINT: implicit
          int line_number = __builtin_LINE())
      : format(text), file(file_name), line(line_number) {}
  const char* format;
  const char* file;
  int line;
};

// Ends the program with status 1 and one line that says where and why.
[[noreturn]] void fail(Message message, ...);
// Ends the program likewise unless `condition` holds.
void require(bool condition, Message message, ...);

// The interface functions that the programs call, found with dlsym.
struct Library {
  decltype(&hak_check_invariants) check_invariants;
  decltype(&hak_get_statistics) get_statistics;
  decltype(&hak_trim) trim;
  decltype(&hak_version) version;
};

// Returns the library that is preloaded into this process; fails if there is none.
const Library& library();
// Returns a statistics snapshot of the preloaded library.
hak_statistics statistics();

// Returns the resident bytes of a process, 0 meaning this one; neither form allocates.
std::size_t resident_bytes(int pid = 0);
// Returns the number of lines of this process's memory map.
std::size_t mapping_count();
// Returns whether a file whose path holds `name` is mapped into the process, 0 meaning this one.
bool is_mapped(const char* name, int pid = 0);

// Returns milliseconds of the monotonic clock.
std::int64_t now_ms();
void sleep_ms(std::int64_t milliseconds);
// Kills this process with a message when `seconds` have passed: no test waits for ever.
void start_watchdog(unsigned seconds);

// Small fast random numbers (xorshift64*), one generator per thread.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1Du;
  }
  // Returns a number in [0, bound).
  std::uint64_t below(std::uint64_t bound) { return (next() >> 16) % bound; }
  // Returns a size that is usually small and now and then up to 200 KiB.
  std::size_t size();

 private:
  std::uint64_t state_;
};

// Blocks that carry their own size, seed and contents, so that any owner can verify them.
struct SealedBlock;
SealedBlock* seal_new(std::size_t bytes, std::uint32_t seed);  // allocates; at least 16 bytes
bool is_intact(const SealedBlock* block);
void verify_and_free(SealedBlock* block);

// Slots through which threads exchange sealed blocks. A slot holds null or a sealed block.
class ExchangeTable {
 public:
  static constexpr std::size_t slot_count = 2048;
  // Puts a new block into a random slot, then verifies and frees the one that was there.
  void replace_one(Random& random);
  // Verifies and frees every block; returns how many there were.
  std::size_t drain();

 private:
  std::atomic<SealedBlock*> slots_[slot_count] = {};
};

// What a finished program left behind.
struct Outcome {
  int exit_status;  // 128 + signal if a signal ended it
  std::string out;
  std::string err;
};

// Runs a command with exactly the extra environment given (NAME=value), waits at most 60 s and
// kills it then. LD_PRELOAD and HAKMEM_* of this process are not inherited. `before_exec` runs in
// the child, for example to take something away from the program. Allocates.
Outcome run(
    const std::vector<std::string>& command, const std::vector<std::string>& environment,
    const std::function<void()>& before_exec = [] {});

// A fresh directory, removed with all its contents at the end of its scope. Allocates.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace process_test
