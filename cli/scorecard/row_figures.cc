// row_figures.cc: reads the figures of allocators from the samples of a row.
#include "scorecard/row_figures.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "measure/same_round.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

double number_or_zero(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

// Returns what the good samples of an allocator have, where it is above 0.
template <class Read>
ByRound read_by_round(const Json& row, const std::string& allocator, bool with_warm_up,
                      const Read& read) {
  ByRound figures;
  for (const Json& sample : row.at("samples")) {
    if (sample.at("allocator") != allocator || sample.at("verdict") != "ok") continue;
    const int round = sample.at("round");
    const double value = read(sample);
    if ((round > 0 || with_warm_up) && value > 0) figures[round] = value;
  }
  return figures;
}

// A workload says in its own line what it held when main began, a server is asked when it listens.
double start_bytes_in(const Json& sample) {
  constexpr const char* member = "start_rss_bytes";
  const double asked = number_or_zero(sample, member);
  return asked > 0 ? asked : number_or_zero(sample.value("figures", Json::object()), member);
}

// Returns what the program holds before it works; 0 if libc was not measured or nobody said.
double libc_start_bytes(const Json& row) {
  std::vector<double> starts;
  for (const auto& [round, bytes] : read_by_round(row, "libc", false, start_bytes_in)) {
    starts.push_back(bytes);
  }
  return starts.empty() ? 0 : median(std::move(starts));
}

ByRound net_after_series(const Json& row, const std::string& allocator) {
  const double start = libc_start_bytes(row);
  if (start == 0) return {};
  const ByRound after = read_by_round(row, allocator, true, [](const Json& sample) {
    return number_or_zero(sample, "after_rss_bytes");
  });
  return net_memory(after, start);
}

ByRound figure_series(const Json& row, const std::string& allocator, RowFigure figure) {
  if (figure == RowFigure::net_after_rss) return net_after_series(row, allocator);
  const char* const member = figure == RowFigure::cost ? "cost" : "peak_rss_bytes";
  return read_by_round(row, allocator, false,
                       [member](const Json& sample) { return number_or_zero(sample, member); });
}

}  // namespace

bool has_row_figure(const Json& row, const std::string& allocator, RowFigure figure) {
  return !figure_series(row, allocator, figure).empty();
}

std::optional<Ratio> ratio_in_row(const Json& row, const std::string& own, const std::string& peer,
                                  RowFigure figure) {
  return ratio_to(figure_series(row, peer, figure), figure_series(row, own, figure));
}

}  // namespace hakmem::cli
