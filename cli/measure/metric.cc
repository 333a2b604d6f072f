// metric.cc: finds figures in text.
#include "measure/metric.h"

#include <cmath>
#include <cstdlib>
#include <regex>
#include <string_view>

#include "user_error.h"

namespace hakmem::cli {

namespace {

constexpr auto syntax = std::regex::ECMAScript;

// Returns what the last match in the line, or its first group, is; nothing if there is none.
std::optional<std::string> last_match_in(std::string_view line, const std::regex& expression) {
  // std::regex calls itself for every character: a long line would overflow the stack.
  const bool is_cut = line.size() > longest_line;
  if (is_cut) line.remove_prefix(line.size() - longest_line);
  const auto flags =
      is_cut ? std::regex_constants::match_not_bol : std::regex_constants::match_default;
  std::optional<std::string> figure;
  using Matches = std::regex_iterator<std::string_view::const_iterator>;
  for (Matches match(line.begin(), line.end(), expression, flags), end; match != end; ++match) {
    figure = match->size() > 1 ? (*match)[1].str() : match->str();
  }
  return figure;
}

// The same of the whole output, from its last line to the first in which there is one.
std::string last_match(std::string_view output, const std::regex& expression) {
  while (!output.empty()) {
    const std::size_t start = output.rfind('\n') + 1;  // npos + 1 is 0
    const std::string_view line = output.substr(start);
    if (!line.empty()) {
      if (const auto figure = last_match_in(line, expression)) return *figure;
    }
    output.remove_suffix(start == 0 ? output.size() : output.size() - start + 1);
  }
  return {};
}

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
  const std::string figure = last_match(output, expression);
  char* end = nullptr;
  const double value = std::strtod(figure.c_str(), &end);
  if (end == figure.c_str() || *end != '\0' || !std::isfinite(value) || value <= 0) {
    return std::nullopt;
  }
  return metric.more_is_better ? 1 / value : value;
}

}  // namespace hakmem::cli
