// sample_figure.h: what of samples is compared, each as a number: 0 where a sample does not have
// it.
#pragma once

#include "measure/sample.h"

namespace hakmem::cli {

using SampleFigure = double (*)(const Sample&);

inline double cost_of(const Sample& sample) { return sample.cost; }
inline double seconds_of(const Sample& sample) { return sample.seconds; }
inline double start_of(const Sample& sample) { return static_cast<double>(sample.start_rss_bytes); }
inline double peak_of(const Sample& sample) { return static_cast<double>(sample.peak_rss_bytes); }
inline double after_of(const Sample& sample) {
  return static_cast<double>(sample.after_rss_bytes.value_or(0));
}

}  // namespace hakmem::cli
