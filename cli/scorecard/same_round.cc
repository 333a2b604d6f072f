// same_round.cc: pairs the samples of two allocators by round.
#include "scorecard/same_round.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "measure/statistics.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;
using FigureByRound = std::map<int, double>;

double number_or_zero(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

// Returns what the good samples of an allocator have, where it is above 0, by round.
template <class Read>
FigureByRound by_round(const Json& row, const std::string& allocator, bool with_warm_up,
                       const Read& read) {
  FigureByRound figures;
  for (const Json& sample : row.at("samples")) {
    if (sample.at("allocator") != allocator || sample.at("verdict") != "ok") continue;
    const int round = sample.at("round");
    const double value = read(sample);
    if ((round > 0 || with_warm_up) && value > 0) figures[round] = value;
  }
  return figures;
}

// Returns what the program holds before it allocates; 0 if libc was not measured or nobody said.
double libc_start_bytes(const Json& row) {
  std::vector<double> starts;
  const FigureByRound figures = by_round(row, "libc", false, [](const Json& sample) {
    return number_or_zero(sample.value("figures", Json::object()), "start_rss_bytes");
  });
  for (const auto& [round, bytes] : figures) starts.push_back(bytes);
  return starts.empty() ? 0 : median(std::move(starts));
}

FigureByRound net_after_series(const Json& row, const std::string& allocator) {
  constexpr double page_bytes = 4096;
  const double start = libc_start_bytes(row);
  if (start == 0) return {};
  FigureByRound figures = by_round(row, allocator, true, [](const Json& sample) {
    return number_or_zero(sample, "after_rss_bytes");
  });
  for (auto& [round, bytes] : figures) bytes = std::max(page_bytes, bytes - start);
  return figures;
}

FigureByRound figure_series(const Json& row, const std::string& allocator, SampleFigure figure) {
  if (figure == SampleFigure::net_after_rss) return net_after_series(row, allocator);
  const char* const member = figure == SampleFigure::cost ? "cost" : "peak_rss_bytes";
  return by_round(row, allocator, false,
                  [member](const Json& sample) { return number_or_zero(sample, member); });
}

}  // namespace

bool has_sample_figure(const Json& row, const std::string& allocator, SampleFigure figure) {
  return !figure_series(row, allocator, figure).empty();
}

std::optional<RatioFigure> same_round_ratio(const Json& row, const std::string& own,
                                            const std::string& peer, SampleFigure figure) {
  const FigureByRound others = figure_series(row, peer, figure);
  std::vector<double> ratios;
  for (const auto& [round, value] : figure_series(row, own, figure)) {
    const auto other = others.find(round);
    if (other != others.end()) ratios.push_back(value / other->second);
  }
  if (ratios.empty()) return std::nullopt;
  const Interval interval = median_interval(ratios);
  return RatioFigure{median(ratios), interval.low, interval.high};
}

}  // namespace hakmem::cli
