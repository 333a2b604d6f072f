// report.h: the one line of JSON that a workload prints, and the memory figures in it.
//
// The peak is read from VmHWM, not from getrusage: the kernel carries the latter across exec, so a
// small workload would show the size of the program that started it.
#pragma once

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/allocator_origin.h"
#include "support/arguments.h"

namespace workload {

// Returns a field of /proc/self/status in bytes, or 0 where /proc is absent.
inline uint64_t status_bytes(const char* field) {
  char text[4096];
  const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const ssize_t length = read(fd, text, sizeof(text) - 1);
  close(fd);
  if (length <= 0) return 0;
  text[length] = '\0';
  const char* const line = strstr(text, field);
  unsigned long long kib = 0;
  if (line == nullptr || sscanf(line + strlen(field), ": %llu", &kib) != 1) return 0;
  return kib * 1024;
}

struct Result {
  uint64_t operations = 0;  // calls of malloc and its kin and of free, in the timed part
  double seconds = 0;       // of the timed part; a --verify run has no time

  // Blocks since the start of the program: allocations = frees + live. The counts are derived from
  // what a run does wherever that is possible, so that no timed loop counts for them.
  uint64_t allocations = 0;
  uint64_t frees = 0;          // until the clock stopped
  uint64_t live = 0;           // when the clock stopped
  uint64_t reallocations = 0;  // neither add nor take a block

  // Blocks freed by a thread that did not allocate them; not reported where it makes no sense.
  bool has_remote_share = false;
  uint64_t remote_frees = 0;
  // Blocks meant for another thread that were freed at home because its ring was full.
  bool has_fallback_share = false;
  uint64_t fallback_frees = 0;

  // Resident memory over time, of workloads that have phases: each is looked at so often, at equal
  // distances, for the last time at its end.
  static constexpr int max_phases = 64;
  static constexpr int looks = 8;
  struct Phase {
    const char* name;
    uint64_t rss_bytes[looks];
  };
  Phase phases[max_phases] = {};
  int phase_count = 0;

  Phase& begin_phase(const char* name) {
    Phase& phase = phases[phase_count < max_phases ? phase_count++ : max_phases - 1];
    phase = {name, {}};
    return phase;
  }

  // All blocks have been freed again.
  void set_freed(uint64_t blocks) { set_blocks(blocks, 0); }

  void set_blocks(uint64_t allocated, uint64_t left) {
    allocations = allocated;
    live = left;
    frees = allocated - left;
  }

  // Each of `steps` either allocated a block or freed one, and `left` are left.
  void set_steps(uint64_t steps, uint64_t left) { set_blocks((steps + left) / 2, left); }
};

class Report {
 public:
  // Constructed first thing in main: the memory in use at that moment is part of the line.
  explicit Report(Arguments& arguments)
      : arguments_(arguments),
        after_(arguments.flag("--after")),
        verify_(arguments.flag("--verify")),
        start_rss_bytes_(status_bytes("VmRSS")) {}

  bool verify() const { return verify_; }

  // Marks a run that makes the same accesses without allocating.
  void set_floor() { floor_ = true; }

  // Prints the line; every block must have been freed and every thread joined.
  void print(const Result& result) {
    uint64_t peak_rss_bytes = status_bytes("VmHWM");
    // The kernel's figures are a little apart from each other; a peak is not below what was seen.
    for (int i = 0; i < result.phase_count; ++i) {
      for (const uint64_t rss_bytes : result.phases[i].rss_bytes) {
        if (rss_bytes > peak_rss_bytes) peak_rss_bytes = rss_bytes;
      }
    }
    add("{\"workload\":\"%s\",\"parameters\":{", arguments_.program());
    for (int i = 0; i < arguments_.parameter_count(); ++i) {
      add("%s\"%s\":%llu", i == 0 ? "" : ",", arguments_.parameter_name(i),
          static_cast<unsigned long long>(arguments_.parameter_value(i)));
    }
    add("},\"mode\":\"%s\"", floor_ ? "floor" : verify_ ? "verify" : "timed");
    add_number("operations", result.operations);
    if (!verify_ && result.seconds > 0) {
      add(",\"seconds\":%.9f,\"ops_per_second\":%.1f", result.seconds,
          static_cast<double>(result.operations) / result.seconds);
    }
    if (!floor_) add_counts(result);
    if (result.has_remote_share) add_share("remote_share", result.remote_frees, result.frees);
    if (result.has_fallback_share) add_share("fallback_share", result.fallback_frees, result.frees);
    if (result.phase_count != 0) add_phases(result);
    add_number("start_rss_bytes", start_rss_bytes_);
    add_number("peak_rss_bytes", peak_rss_bytes);
    if (after_) {
      const timespec idle = {1, 0};
      nanosleep(&idle, nullptr);
      add_number("after_rss_bytes", status_bytes("VmRSS"));
    }
    const AllocatorOrigin origin = find_allocator_origin();
    add(",\"allocator\":{\"path\":\"");
    add_escaped(origin.path);
    add("\",\"build_id\":\"%s\",\"foreign\":\"%s\"}}\n", origin.build_id, origin.foreign);
    fputs(line_, stdout);
    fflush(stdout);
  }

 private:
  [[gnu::format(printf, 2, 3)]] void add(const char* format, ...) {
    va_list values;
    va_start(values, format);
    const int length = vsnprintf(line_ + used_, sizeof(line_) - used_, format, values);
    va_end(values);
    used_ += length > 0 ? static_cast<size_t>(length) : 0;
    if (used_ >= sizeof(line_)) used_ = sizeof(line_) - 1;
  }

  void add_number(const char* name, uint64_t value) {
    add(",\"%s\":%llu", name, static_cast<unsigned long long>(value));
  }

  void add_counts(const Result& result) {
    add_number("allocations", result.allocations);
    add_number("frees", result.frees);
    add_number("live", result.live);
    if (result.reallocations != 0) add_number("reallocations", result.reallocations);
  }

  void add_share(const char* name, uint64_t part, uint64_t whole) {
    const double share = whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
    add(",\"%s\":%.6f", name, share);
  }

  void add_phases(const Result& result) {
    add(",\"phases\":[");
    for (int i = 0; i < result.phase_count; ++i) {
      const Result::Phase& phase = result.phases[i];
      add("%s{\"name\":\"%s\"", i == 0 ? "" : ",", phase.name);
      add_number("rss_bytes", phase.rss_bytes[Result::looks - 1]);
      add(",\"rss_over_time\":[");
      for (int look = 0; look < Result::looks; ++look) {
        add("%s%llu", look == 0 ? "" : ",", static_cast<unsigned long long>(phase.rss_bytes[look]));
      }
      add("]}");
    }
    add("]");
  }

  void add_escaped(const char* text) {
    for (; *text != '\0'; ++text) {
      const auto byte = static_cast<unsigned char>(*text);
      if (byte == '"' || byte == '\\') {
        add("\\%c", byte);
      } else if (byte < 0x20) {
        add("\\u%04x", byte);
      } else {
        add("%c", byte);
      }
    }
  }

  Arguments& arguments_;
  bool after_;
  bool verify_;
  bool floor_ = false;
  uint64_t start_rss_bytes_;
  char line_[16384] = {};
  size_t used_ = 0;
};

}  // namespace workload
