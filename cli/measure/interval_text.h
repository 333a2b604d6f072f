// interval_text.h: the one way in which a figure is printed with its interval, and the words for
// how certain figures must be.
#pragma once

#include <optional>
#include <string>

#include "measure/ratio.h"

namespace hakmem::cli {

// Returns the median and half of the width of its interval: "0.970 ±0.003".
std::string interval_text(double median, double low, double high);

// Stands behind a ratio whose interval holds the true median in fewer than 95 % of cases.
inline constexpr const char* low_coverage_mark = "~";

// Returns the same of a ratio, with that mark where it is due: "0.970 ±0.003~"; "-" for none.
std::string ratio_text(const Ratio& ratio);
std::string ratio_text(const std::optional<Ratio>& ratio);

// Says what the mark means, for whom it concerns: a line without its end.
std::string low_coverage_text();

// Returns how uncertain a ratio may be and count: "1.5 % (3 % with more threads than cores)".
std::string limits_text();

}  // namespace hakmem::cli
