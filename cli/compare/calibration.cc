// calibration.cc: scales workloads.
#include "compare/calibration.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "measure/measure.h"

namespace hakmem::cli {

std::uint64_t scaled_count(std::uint64_t count, double seconds, double wanted_seconds) {
  const double exact = std::max(1.0, static_cast<double>(count) * wanted_seconds / seconds);
  const double unit = std::pow(10.0, std::max(0.0, std::floor(std::log10(exact)) - 1));
  return static_cast<std::uint64_t>(std::round(exact / unit) * unit);
}

void calibrate(Plan& plan, double seconds) {
  for (Subject& subject : plan.subjects) {
    if (subject.kind != SubjectKind::workload) continue;
    const Sample sample = measure(subject, plan.allocators[plan.base], plan.timeout_seconds);
    if (sample.verdict != Verdict::ok) continue;  // the rounds will show it
    const auto parameters = nlohmann::json::parse(sample.line).at("parameters");
    for (const char* const name : {"iters", "cycles", "phases"}) {
      if (!parameters.contains(name)) continue;
      const std::uint64_t count = scaled_count(parameters[name], sample.seconds, seconds);
      subject.command.push_back(std::string(name) + "=" + std::to_string(count));
      break;
    }
  }
}

}  // namespace hakmem::cli
