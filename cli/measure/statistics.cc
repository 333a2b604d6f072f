// statistics.cc: median, geometric mean, order statistics, bootstrap.
#include "measure/statistics.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace hakmem::cli {

namespace {

constexpr double wanted_coverage = 0.95;
constexpr std::size_t most_exact = 20;  // values whose median has an exact interval

}  // namespace

// Each step inwards leaves out the case that so many of the `count` values, or fewer, lie on one
// side of the median: a sum of binomial probabilities, once per side.
OrderInterval order_interval(std::size_t count) {
  const auto size = static_cast<double>(count);
  double exactly = std::pow(0.5, size);  // the probability that `steps` values lie below
  OrderInterval interval{0, 1 - 2 * exactly};
  for (std::size_t steps = 1; 2 * steps < count; ++steps) {
    const auto step = static_cast<double>(steps);
    exactly *= (size - step + 1) / step;
    if (interval.coverage - 2 * exactly < wanted_coverage) break;
    interval = {steps, interval.coverage - 2 * exactly};
  }
  return interval;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

double geometric_mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += std::log(value);
  return std::exp(sum / static_cast<double>(values.size()));
}

double median_coverage(std::size_t count) {
  return count <= most_exact ? order_interval(count).coverage : wanted_coverage;
}

Interval median_interval(const std::vector<double>& values) {
  if (values.size() > most_exact) {
    std::vector<double> drawn(values.size());
    return bootstrap_interval(values.size(), [&](const Resample& places) {
      for (std::size_t i = 0; i < places.size(); ++i) drawn[i] = values[places[i]];
      return median(drawn);
    });
  }
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const OrderInterval interval = order_interval(sorted.size());
  return {sorted[interval.steps], sorted[sorted.size() - 1 - interval.steps], interval.coverage};
}

Interval bootstrap_interval(std::size_t count,
                            const std::function<double(const Resample& places)>& figure) {
  constexpr std::size_t resamplings = 4000;
  constexpr double tail = (1 - wanted_coverage) / 2;
  // NOLINTNEXTLINE(cert-msc51-cpp): repeatable on purpose
  std::mt19937_64 generator(42);
  std::uniform_int_distribution<std::size_t> pick(0, count - 1);
  std::vector<double> figures(resamplings);
  Resample places(count);
  for (double& result : figures) {
    for (std::size_t& place : places) place = pick(generator);
    result = figure(places);
  }
  std::sort(figures.begin(), figures.end());
  const auto at = [&figures](double share) {
    return figures[static_cast<std::size_t>(share * static_cast<double>(figures.size() - 1))];
  };
  return {at(tail), at(1 - tail), std::min(wanted_coverage, median_coverage(count))};
}

}  // namespace hakmem::cli
