// printed_statistics.h: what a program under hakmem printed at its end because of HAKMEM_STATS=1.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace hakmem::cli {

// Lines of the form `[BLOCK] name=number name=number`, among whatever else the program wrote.
class PrintedStatistics {
 public:
  explicit PrintedStatistics(const std::string& text);

  // How many lines the block has.
  [[nodiscard]] std::size_t lines(const std::string& block) const { return blocks_.count(block); }

  // Returns the sum of the field over the block's lines; 0 without any. Throws, naming both, if one
  // of the lines has no such number.
  [[nodiscard]] std::uint64_t sum(const std::string& block, const std::string& field) const;

 private:
  std::multimap<std::string, std::map<std::string, std::uint64_t>> blocks_;
};

}  // namespace hakmem::cli
