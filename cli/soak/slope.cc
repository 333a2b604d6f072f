// slope.cc: thins, and takes the median of slopes.
#include "soak/slope.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "measure/statistics.h"

namespace hakmem::cli {

std::vector<TimedFigure> thinned(const std::vector<TimedFigure>& points) {
  constexpr std::size_t most_points = 512;
  if (points.size() <= most_points) return points;
  std::vector<TimedFigure> medians;
  medians.reserve(most_points);
  for (std::size_t group = 0; group < most_points; ++group) {
    const std::size_t first = group * points.size() / most_points;
    const std::size_t end = (group + 1) * points.size() / most_points;
    std::vector<double> hours;
    std::vector<double> values;
    for (std::size_t i = first; i < end; ++i) {
      hours.push_back(points[i].hours);
      values.push_back(points[i].value);
    }
    medians.push_back({median(std::move(hours)), median(std::move(values))});
  }
  return medians;
}

double slope_per_hour(const std::vector<TimedFigure>& points) {
  const std::vector<TimedFigure> few = thinned(points);
  std::vector<double> slopes;
  for (std::size_t i = 0; i < few.size(); ++i) {
    for (std::size_t j = i + 1; j < few.size(); ++j) {
      const double hours = few[j].hours - few[i].hours;
      if (hours > 0) slopes.push_back((few[j].value - few[i].value) / hours);
    }
  }
  return slopes.empty() ? 0 : median(std::move(slopes));
}

}  // namespace hakmem::cli
