// interval_text.cc: prints figures with their intervals.
#include "measure/interval_text.h"

#include <fmt/format.h>

namespace hakmem::cli {

std::string interval_text(double median, double low, double high) {
  return fmt::format("{:.3f} ±{:.3f}", median, (high - low) / 2);
}

std::string ratio_text(const Ratio& ratio) {
  return interval_text(ratio.median, ratio.interval.low, ratio.interval.high) +
         (has_full_coverage(ratio) ? "" : low_coverage_mark);
}

std::string ratio_text(const std::optional<Ratio>& ratio) {
  return ratio ? ratio_text(*ratio) : "-";
}

std::string low_coverage_text() {
  return fmt::format(
      "{}: in fewer cases, for want of rounds: {:.0f} % with 3, {:.0f} % with 4, {:.0f} % with 5.",
      low_coverage_mark, 100 * median_coverage(3), 100 * median_coverage(4),
      100 * median_coverage(5));
}

std::string limits_text() {
  return fmt::format("{:g} % ({:g} % with more threads than cores)", 100 * usual_limit,
                     100 * limit_beyond_cores);
}

}  // namespace hakmem::cli
