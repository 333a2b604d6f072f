// metric.cc: finds figures in text.
#include "measure/metric.h"

#include <cmath>
#include <cstdlib>
#include <regex>

#include "user_error.h"

namespace hakmem::cli {

namespace {

// ^ and $ are the ends of lines.
constexpr auto syntax = std::regex::ECMAScript | std::regex::multiline;

}  // namespace

Metric parse_metric(const std::string& expression, bool more_is_better) {
  try {
    const std::regex checked(expression, syntax);
  } catch (const std::regex_error& error) {
    throw UserError("--metric " + expression + ": " + error.what());
  }
  return {expression, more_is_better};
}

std::optional<double> cost_in(const std::string& output, const Metric& metric) {
  const std::regex expression(metric.expression, syntax);
  std::string figure;
  for (std::sregex_iterator match(output.begin(), output.end(), expression), end; match != end;
       ++match) {
    figure = match->size() > 1 ? (*match)[1].str() : match->str();
  }
  char* end = nullptr;
  const double value = std::strtod(figure.c_str(), &end);
  if (end == figure.c_str() || *end != '\0' || !std::isfinite(value) || value <= 0) {
    return std::nullopt;
  }
  return metric.more_is_better ? 1 / value : value;
}

}  // namespace hakmem::cli
