// slope.h: how fast a figure changes over a long run.
//
// Theil's and Sen's slope: the median of the slopes between all pairs of points, which a tenth of
// wild points does not move. There are as many pairs as the square of the points, a day of seconds
// has thousands of millions; so a long run is first thinned to medians of neighbours.
#pragma once

#include <vector>

namespace hakmem::cli {

struct TimedFigure {
  double hours = 0;
  double value = 0;
};

// Returns at most 512 points: the medians of time and value of equal groups of neighbours. Fewer
// points stay as they are.
std::vector<TimedFigure> thinned(const std::vector<TimedFigure>& points);

// Returns the change per hour; 0 if all points are of one time. `points`: by rising time.
double slope_per_hour(const std::vector<TimedFigure>& points);

}  // namespace hakmem::cli
