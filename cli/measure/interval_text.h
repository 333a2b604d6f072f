// interval_text.h: the one way in which a figure is printed with its interval.
#pragma once

#include <string>

namespace hakmem::cli {

// Returns the median and half of the width of its interval: "0.970 ±0.003".
std::string interval_text(double median, double low, double high);

}  // namespace hakmem::cli
