// interval_text.cc: prints a figure with its interval.
#include "measure/interval_text.h"

#include <fmt/format.h>

namespace hakmem::cli {

std::string interval_text(double median, double low, double high) {
  return fmt::format("{:.3f} ±{:.3f}", median, (high - low) / 2);
}

}  // namespace hakmem::cli
