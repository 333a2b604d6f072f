// epochs.cc: reads and sums up long runs.
#include "soak/epochs.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "measure/statistics.h"
#include "soak/slope.h"
#include "user_error.h"

namespace hakmem::cli {

using Json = nlohmann::ordered_json;

namespace {

constexpr Slice slices[] = {Slice::subject, Slice::latency, Slice::floor};
constexpr std::size_t fewest_epochs = 5;
constexpr double warm_up_share = 0.1;

Slice parse_slice(const std::string& name) {
  for (const Slice slice : slices) {
    if (name == slice_name(slice)) return slice;
  }
  throw UserError("soak: no slice is called '" + name + "'");
}

Epoch parse_epoch(const Json& json) {
  Epoch epoch;
  epoch.start = json.at("start");
  epoch.slice = parse_slice(json.at("slice"));
  epoch.operations = json.at("operations");
  epoch.seconds = json.at("seconds");
  epoch.rss_bytes = json.at("rss_bytes");
  epoch.minor_faults = json.at("minor_faults");
  epoch.major_faults = json.at("major_faults");
  return epoch;
}

Latency parse_latency(const Json& json) {
  Latency latency;
  latency.call = json.at("call");
  latency.clock_cost_ns = json.at("clock_cost_ns");
  for (const Json& bin : json.at("bins")) {
    latency.bins.push_back({bin.at("low_ns"), bin.at("high_ns"), bin.at("count")});
  }
  return latency;
}

double variation(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / (count - 1)) / mean;
}

// Returns the throughput that all but the share `slower` of the epochs reach. `sorted`: rising.
double reached_by_all_but(double slower, const std::vector<double>& sorted) {
  return sorted[static_cast<std::size_t>(slower * static_cast<double>(sorted.size()))];
}

EpochPercentiles percentiles_of(std::vector<double> throughputs) {
  const double middle = median(throughputs);
  std::sort(throughputs.begin(), throughputs.end());
  return {middle, reached_by_all_but(0.1, throughputs), reached_by_all_but(0.01, throughputs),
          reached_by_all_but(0.001, throughputs), throughputs.front()};
}

}  // namespace

const char* slice_name(Slice slice) {
  switch (slice) {
    case Slice::subject:
      return "subject";
    case Slice::latency:
      return "latency";
    case Slice::floor:
      return "floor";
  }
  return "unknown";
}

std::uint64_t Latency::samples() const {
  return std::accumulate(bins.begin(), bins.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Bin& bin) { return sum + bin.count; });
}

double Latency::at(double quantile) const {
  const double wanted = quantile * static_cast<double>(samples());
  double seen = 0;
  double last = 0;
  for (const Bin& bin : bins) {
    if (bin.count == 0) continue;
    seen += static_cast<double>(bin.count);
    last = bin.high_ns;
    if (seen >= wanted) break;
  }
  return last;
}

SoakRun parse_run(const std::string& output) {
  SoakRun run;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded() && lines.eof()) break;  // it was cut off while it wrote
    try {
      if (json.contains("epoch")) {
        run.epochs.push_back(parse_epoch(json["epoch"]));
      } else if (json.contains("latency")) {
        run.latency.push_back(parse_latency(json["latency"]));
      } else {
        json.at("workload");
        run.last_line = line;
      }
    } catch (const Json::exception& error) {
      throw UserError(std::string("soak: not a line of the workload: ") + error.what());
    }
  }
  return run;
}

std::optional<SoakSummary> summarise_soak(const std::vector<Epoch>& epochs) {
  if (epochs.empty()) return std::nullopt;
  constexpr double seconds_per_hour = 3600;
  const double first = warm_up_share * (epochs.back().start + epochs.back().seconds);
  std::vector<TimedFigure> throughput;
  std::vector<TimedFigure> rss;
  std::vector<double> subject;
  std::vector<double> floor;
  SoakSummary summary;
  double seconds = 0;
  double minor_faults = 0;
  for (const Epoch& epoch : epochs) {
    if (epoch.start < first) continue;
    const double hours = epoch.start / seconds_per_hour;
    seconds += epoch.seconds;
    minor_faults += static_cast<double>(epoch.minor_faults);
    summary.major_faults += epoch.major_faults;
    rss.push_back({hours, static_cast<double>(epoch.rss_bytes)});
    if (epoch.slice == Slice::floor) floor.push_back(epoch.throughput());
    if (epoch.slice != Slice::subject) continue;
    throughput.push_back({hours, epoch.throughput()});
    subject.push_back(epoch.throughput());
  }
  if (subject.size() < fewest_epochs) return std::nullopt;
  summary.percentiles = percentiles_of(subject);
  summary.throughput_median = summary.percentiles.p50;
  summary.throughput_cv = variation(subject);
  if (floor.size() >= fewest_epochs) summary.floor_cv = variation(floor);
  summary.throughput_drift = slope_per_hour(throughput) / summary.throughput_median;
  std::vector<double> sizes;
  sizes.reserve(rss.size());
  for (const TimedFigure& point : rss) sizes.push_back(point.value);
  summary.rss_drift = slope_per_hour(rss) / median(sizes);
  summary.slow_epochs = summary.percentiles.p0_1 / summary.throughput_median;
  summary.minor_faults_per_second = minor_faults / seconds;
  return summary;
}

}  // namespace hakmem::cli
