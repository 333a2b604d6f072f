// net_ratio.cc: the ratio of net costs, by the signs of differences.
#include "compare/net_ratio.h"

#include <algorithm>

namespace hakmem::cli {

namespace {

struct Span {
  double low = 0;
  double high = 0;
};

// Returns whether 0 lies between the values that are `steps` from the lowest and from the highest
// of what own exceeds `factor` times the other by.
bool fits(const std::vector<NetCosts>& rounds, double factor, std::size_t steps) {
  constexpr double rounding = 1e-12;  // of shares, which are about 1
  std::size_t at_most_zero = 0;
  std::size_t at_least_zero = 0;
  for (const NetCosts& round : rounds) {
    const double excess = round.own - factor * round.other;
    if (excess <= rounding) ++at_most_zero;
    if (excess >= -rounding) ++at_least_zero;
  }
  return at_most_zero > steps && at_least_zero > steps;
}

// Returns the least and the greatest factor that fit. A sign changes only where the factor is the
// quotient of a round, so the ends are two of those. Precondition: no more than `steps` rounds have
// an other that is not above 0, so neither every small nor every great factor fits.
Span factors(const std::vector<NetCosts>& rounds, std::size_t steps) {
  std::vector<double> fitting;
  for (const NetCosts& round : rounds) {
    if (round.other == 0) continue;
    const double factor = round.own / round.other;
    if (fits(rounds, factor, steps)) fitting.push_back(factor);
  }
  const auto [low, high] = std::minmax_element(fitting.begin(), fitting.end());
  return {*low, *high};
}

}  // namespace

std::optional<Ratio> net_ratio(const std::vector<NetCosts>& rounds) {
  if (rounds.empty()) return std::nullopt;
  const OrderInterval interval = order_interval(rounds.size());
  const auto not_above_zero =
      std::count_if(rounds.begin(), rounds.end(), [](const NetCosts& r) { return r.other <= 0; });
  if (static_cast<std::size_t>(not_above_zero) > interval.steps) return std::nullopt;
  // The median itself: as far in as the order goes.
  const Span middle = factors(rounds, (rounds.size() - 1) / 2);
  const Span span = factors(rounds, interval.steps);
  const auto shown = [](double ratio) { return std::max(least_net_ratio, ratio); };
  return Ratio{shown((middle.low + middle.high) / 2),
               {shown(span.low), shown(span.high), interval.coverage},
               rounds.size()};
}

bool is_below_resolution(const std::vector<NetCosts>& rounds) {
  std::vector<double> other;
  other.reserve(rounds.size());
  for (const NetCosts& round : rounds) other.push_back(round.other);
  const Interval interval = median_interval(other);
  return median(other) <= 3 * (interval.high - interval.low) / 2;
}

}  // namespace hakmem::cli
