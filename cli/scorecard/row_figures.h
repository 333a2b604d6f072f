// row_figures.h: two allocators of one row of a comparison, held against each other by its samples.
//
// The figure of a pair is the median over rounds of same-round ratios. Cells relate every allocator
// to the base; a quotient of two such medians is another figure than the median of the quotients,
// and the interval of either says nothing about it. So it is taken from the samples.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "measure/ratio.h"

namespace hakmem::cli {

enum class RowFigure {
  cost,      // of counted rounds
  peak_rss,  // of counted rounds
  // When all was freed, less what the same program holds at its start under libc (a workload when
  // main begins, a server when it listens), but at least a page: less than nothing cannot be held.
  // The warm-up counts, memory is not time.
  net_after_rss,
};

// Returns whether an allocator has the figure in some good sample of the row.
bool has_row_figure(const nlohmann::ordered_json& row, const std::string& allocator,
                    RowFigure figure);

// Returns the ratio of `own` to `peer`; nothing if they have no round in common.
std::optional<Ratio> ratio_in_row(const nlohmann::ordered_json& row, const std::string& own,
                                  const std::string& peer, RowFigure figure);

}  // namespace hakmem::cli
