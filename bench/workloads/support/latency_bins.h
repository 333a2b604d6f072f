// latency_bins.h: how many calls took how long, in bins that exist before the first call.
//
// Up to 16 ns a bin is a nanosecond wide; beyond, each octave has 16 bins, so a time is known to
// 6 %. What takes longer than four seconds is in the last bin.
#pragma once

#include <stdint.h>
#include <stdio.h>

namespace workload {

class LatencyBins {
 public:
  static constexpr uint32_t bins_per_octave = 16;
  static constexpr uint32_t octaves = 28;
  static constexpr uint32_t bin_count = bins_per_octave * (octaves + 1);

  void add(double ns) {
    const double longest = static_cast<double>(low_of(bin_count - 1));
    ++counts_[ns >= longest ? bin_count - 1 : bin_of(static_cast<uint64_t>(ns))];
  }

  static constexpr uint32_t bin_of(uint64_t ns) {
    if (ns < bins_per_octave) return static_cast<uint32_t>(ns);
    const auto octave = static_cast<uint32_t>(63 - __builtin_clzll(ns)) - 4;
    return bins_per_octave * (octave + 1) + static_cast<uint32_t>((ns >> octave) - bins_per_octave);
  }

  // Returns the least time, in nanoseconds, that is in the bin.
  static constexpr uint64_t low_of(uint32_t bin) {
    if (bin < bins_per_octave) return bin;
    const uint32_t octave = bin / bins_per_octave - 1;
    return uint64_t{bins_per_octave + bin % bins_per_octave} << octave;
  }

  // Prints the bins that are not empty as one line of JSON.
  void print(const char* call, double clock_cost_ns) const {
    printf("{\"latency\":{\"call\":\"%s\",\"clock_cost_ns\":%.2f,\"bins\":[", call, clock_cost_ns);
    const char* separator = "";
    for (uint32_t bin = 0; bin < bin_count; ++bin) {
      if (counts_[bin] == 0) continue;
      printf("%s{\"low_ns\":%llu,\"high_ns\":%llu,\"count\":%llu}", separator,
             static_cast<unsigned long long>(low_of(bin)),
             static_cast<unsigned long long>(low_of(bin + 1)),
             static_cast<unsigned long long>(counts_[bin]));
      separator = ",";
    }
    printf("]}}\n");
  }

 private:
  uint64_t counts_[bin_count] = {};
};

static_assert(LatencyBins::bin_of(15) == 15 && LatencyBins::bin_of(16) == 16);
static_assert(LatencyBins::low_of(LatencyBins::bin_of(1000)) <= 1000 &&
              LatencyBins::low_of(LatencyBins::bin_of(1000) + 1) > 1000);
static_assert(LatencyBins::low_of(LatencyBins::bin_count - 1) > 4'000'000'000,
              "four seconds and more are in the last bin");

}  // namespace workload
