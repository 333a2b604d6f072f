// printed_statistics.cc: reads printed statistics.
#include "health/printed_statistics.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <sstream>

#include "user_error.h"

namespace hakmem::cli {

namespace {

std::optional<std::uint64_t> number_in(const std::string& text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || read_to != end) return std::nullopt;
  return number;
}

}  // namespace

PrintedStatistics::PrintedStatistics(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t end = line.find("] ");
    if (!line.starts_with('[') || end == std::string::npos) continue;
    std::map<std::string, std::uint64_t> fields;
    std::istringstream words(line.substr(end + 2));
    for (std::string word; words >> word;) {
      const std::size_t equals = word.find('=');
      if (equals == std::string::npos) continue;
      if (const auto number = number_in(word.substr(equals + 1))) {
        fields[word.substr(0, equals)] = *number;
      }
    }
    blocks_.emplace(line.substr(1, end - 1), std::move(fields));
  }
}

std::uint64_t PrintedStatistics::sum(const std::string& block, const std::string& field) const {
  std::uint64_t total = 0;
  const auto [first, last] = blocks_.equal_range(block);
  for (auto line = first; line != last; ++line) {
    const auto found = line->second.find(field);
    if (found == line->second.end()) {
      throw UserError(fmt::format("the statistics have no number {} in [{}]", field, block));
    }
    total += found->second;
  }
  return total;
}

}  // namespace hakmem::cli
