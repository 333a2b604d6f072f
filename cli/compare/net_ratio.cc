// net_ratio.cc: the ratio of median net costs.
#include "compare/net_ratio.h"

#include <algorithm>
#include <limits>

namespace hakmem::cli {

namespace {

std::vector<double> net_costs_of(const std::vector<NetCosts>& rounds, double NetCosts::*whose) {
  std::vector<double> costs;
  costs.reserve(rounds.size());
  for (const NetCosts& round : rounds) costs.push_back(round.*whose);
  return costs;
}

}  // namespace

std::optional<Ratio> net_ratio(const std::vector<NetCosts>& rounds) {
  if (rounds.empty()) return std::nullopt;
  const std::vector<double> own = net_costs_of(rounds, &NetCosts::own);
  const std::vector<double> other = net_costs_of(rounds, &NetCosts::other);
  const auto resampled = [](const std::vector<double>& costs, const Resample& places) {
    std::vector<double> drawn;
    drawn.reserve(places.size());
    for (const std::size_t place : places) drawn.push_back(costs[place]);
    return median(drawn);
  };
  const Interval of_other = bootstrap_interval(
      rounds.size(), [&](const Resample& places) { return resampled(other, places); });
  if (of_other.low <= 0) return std::nullopt;
  const Interval interval = bootstrap_interval(rounds.size(), [&](const Resample& places) {
    const double divisor = resampled(other, places);
    return divisor > 0 ? resampled(own, places) / divisor : std::numeric_limits<double>::infinity();
  });
  const auto shown = [](double ratio) { return std::max(least_net_ratio, ratio); };
  return Ratio{shown(median(own) / median(other)),
               {shown(interval.low), shown(interval.high), interval.coverage},
               rounds.size()};
}

bool is_below_resolution(const std::vector<NetCosts>& rounds) {
  const std::vector<double> other = net_costs_of(rounds, &NetCosts::other);
  const Interval interval = median_interval(other);
  return median(other) <= 3 * (interval.high - interval.low) / 2;
}

}  // namespace hakmem::cli
