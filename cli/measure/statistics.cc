// statistics.cc: median, geometric mean, bootstrap.
#include "measure/statistics.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace hakmem::cli {

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

Interval median_interval(const std::vector<double>& values) {
  constexpr std::size_t resamplings = 4000;
  constexpr double tail = 0.025;
  // NOLINTNEXTLINE(cert-msc51-cpp): repeatable on purpose
  std::mt19937_64 generator(42);
  std::uniform_int_distribution<std::size_t> pick(0, values.size() - 1);
  std::vector<double> medians(resamplings);
  std::vector<double> resample(values.size());
  for (double& result : medians) {
    for (double& value : resample) value = values[pick(generator)];
    result = median(resample);
  }
  std::sort(medians.begin(), medians.end());
  const auto at = [&medians](double share) {
    return medians[static_cast<std::size_t>(share * static_cast<double>(medians.size() - 1))];
  };
  return {at(tail), at(1 - tail)};
}

}  // namespace hakmem::cli
