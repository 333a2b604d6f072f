// same_round.h: two allocators of one row of a comparison, held against each other by its samples.
//
// The figure of a pair is the median over rounds of same-round ratios. Cells relate every allocator
// to the base; a quotient of two such medians is another figure than the median of the quotients,
// and the interval of either says nothing about it. So it is taken from the samples.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

namespace hakmem::cli {

// A ratio as documents hold it.
struct RatioFigure {
  double median = 0;
  double low = 0;
  double high = 0;

  [[nodiscard]] double uncertainty() const { return (high - low) / 2; }
};

enum class SampleFigure {
  cost,      // of counted rounds
  peak_rss,  // of counted rounds
  // When all was freed, less what the same program holds at the start of main under libc, but at
  // least a page: less than nothing cannot be held. The warm-up counts, memory is not time.
  net_after_rss,
};

// Returns whether an allocator has the figure in some good sample of the row.
bool has_sample_figure(const nlohmann::ordered_json& row, const std::string& allocator,
                       SampleFigure figure);

// Returns the ratio of `own` to `peer`; nothing if they have no round in common.
std::optional<RatioFigure> same_round_ratio(const nlohmann::ordered_json& row,
                                            const std::string& own, const std::string& peer,
                                            SampleFigure figure);

}  // namespace hakmem::cli
