// metric.h: a program's own figure, found in what it printed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace hakmem::cli {

struct Metric {
  std::string expression;  // its first group, or all that it matches, is a number
  bool more_is_better = false;

  bool operator==(const Metric&) const = default;
};

// Returns the metric; throws if `expression` is no regular expression (ECMAScript).
Metric parse_metric(const std::string& expression, bool more_is_better);

// Returns what is compared, where less is better: the last number in `output` that matches, or its
// inverse. Nothing if there is none or it is not above 0. A match lies in one line; of a line that
// is longer than longest_line only the end is looked at.
inline constexpr std::size_t longest_line = 4096;
std::optional<double> cost_in(const std::string& output, const Metric& metric);

}  // namespace hakmem::cli
