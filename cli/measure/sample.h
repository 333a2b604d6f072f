// sample.h: what one run of one subject under one allocator gave.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hakmem::cli {

// A run that did not end as it should is a sample as well: it is shown, never left out.
enum class Verdict {
  ok,
  not_started,
  crashed,          // ended by a signal
  failed,           // ended with an exit status that says so
  corrupt,          // a workload found that a block did not hold what was written
  timed_out,        // did not end in time and was killed
  wrong_allocator,  // it ran, but its malloc was another's
  unproven,         // it ended before its memory map could be read
  wrong_output,     // it printed something else than under the other allocators
};

const char* verdict_name(Verdict verdict);
// Returns the verdict of that name; throws if there is none.
Verdict parse_verdict(const std::string& name);

struct Sample {
  std::size_t subject = 0;
  std::size_t allocator = 0;  // one past the last: the floor
  int round = 0;              // 0 is the warm-up, which is not counted
  Verdict verdict = Verdict::ok;
  std::string detail;  // why it is not ok
  double seconds = 0;  // of the process; of the timed part where the subject times itself
  double cost = 0;     // what is compared: seconds, or seconds per operation of a workload
  std::uint64_t peak_rss_bytes = 0;
  std::optional<std::uint64_t> after_rss_bytes;  // when all was freed
  // Of a workload when main began, of a server when it listened.
  std::uint64_t start_rss_bytes = 0;
  int exit_status = 0;
  std::string allocator_path;  // as the run itself proved it
  std::uint64_t output_digest = 0;
  std::string line;  // what a workload printed: JSON with its own figures
};

// Returns the verdict and its detail in one text; nothing if the sample is ok.
std::string failure_of(const Sample& sample);

}  // namespace hakmem::cli
