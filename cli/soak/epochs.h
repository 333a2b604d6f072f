// epochs.h: what a long run says of itself, second by second, and what follows from it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hakmem::cli {

enum class Slice {
  subject,  // throughput of the allocator
  latency,  // some calls are timed one by one: no throughput is taken
  floor,    // the same accesses without allocation: the machine's own noise
};

const char* slice_name(Slice slice);

struct Epoch {
  double start = 0;  // seconds since the run began
  Slice slice = Slice::subject;
  std::uint64_t operations = 0;
  double seconds = 0;
  std::uint64_t rss_bytes = 0;
  std::uint64_t minor_faults = 0;
  std::uint64_t major_faults = 0;

  [[nodiscard]] double throughput() const { return static_cast<double>(operations) / seconds; }
};

// Calls that took from low up to high.
struct Bin {
  double low_ns = 0;
  double high_ns = 0;
  std::uint64_t count = 0;
};

struct Latency {
  std::string call;
  double clock_cost_ns = 0;  // subtracted from every one
  std::vector<Bin> bins;     // by rising time

  [[nodiscard]] std::uint64_t samples() const;
  // Returns the time that the share `quantile` of all calls did not exceed, at the precision of the
  // bins. Precondition: there is a sample.
  [[nodiscard]] double at(double quantile) const;
};

// All that a run has written; the last line is missing if it was cut off.
struct SoakRun {
  std::vector<Epoch> epochs;
  std::vector<Latency> latency;
  std::string last_line;
};

// Reads the lines of a run. A line that was cut off is left out. Throws if another is no such line.
SoakRun parse_run(const std::string& output);

// Operations per second that so many of the epochs reach or exceed.
struct EpochPercentiles {
  double p50 = 0;    // half of them
  double p10 = 0;    // 90 %
  double p1 = 0;     // 99 %
  double p0_1 = 0;   // 99.9 %
  double least = 0;  // all
};

struct SoakSummary {
  double throughput_median = 0;
  EpochPercentiles percentiles;
  double throughput_cv = 0;
  std::optional<double> floor_cv;
  // By how much the figure changes per hour, relative to its median.
  double throughput_drift = 0;
  double rss_drift = 0;
  double slow_epochs = 0;  // percentiles.p0_1, relative to the median
  // Of all slices: what an allocator gives back and takes again is seen here.
  double minor_faults_per_second = 0;
  std::uint64_t major_faults = 0;
};

// The first tenth of the run warms up and does not count. Nothing if fewer than five epochs of the
// subject are left.
std::optional<SoakSummary> summarise_soak(const std::vector<Epoch>& epochs);

}  // namespace hakmem::cli
