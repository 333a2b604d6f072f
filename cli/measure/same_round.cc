// same_round.cc: pairs figures by round.
#include "measure/same_round.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

namespace hakmem::cli {

ByRound ratios_by_round(const ByRound& base, const ByRound& own) {
  ByRound ratios;
  for (const auto& [round, value] : own) {
    const auto other = base.find(round);
    if (other != base.end()) ratios.emplace(round, value / other->second);
  }
  return ratios;
}

std::optional<Ratio> median_over_rounds(const ByRound& ratios) {
  if (ratios.empty()) return std::nullopt;
  std::vector<double> values;
  values.reserve(ratios.size());
  for (const auto& [round, ratio] : ratios) values.push_back(ratio);
  return Ratio{median(values), median_interval(values), values.size()};
}

std::optional<Ratio> ratio_to(const ByRound& base, const ByRound& own) {
  return median_over_rounds(ratios_by_round(base, own));
}

ByRound net_memory(const ByRound& all, double less) {
  const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  ByRound left;
  for (const auto& [round, value] : all) left[round] = std::max(page_bytes, value - less);
  return left;
}

}  // namespace hakmem::cli
