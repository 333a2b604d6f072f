// gate.h: the rule by which an A/B comparison is decided, fixed in a file before the first run.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hakmem::cli {

inline constexpr const char* gate_schema = "hakmem-gate/1";

enum class Claim { time, memory };

struct Gate {
  std::string name;
  Claim claim = Claim::time;
  std::vector<std::string> target;  // rows that shall gain
  std::vector<std::string> guard;   // rows that must not lose
  int screen_rounds = 10;
  int decide_rounds = 21;
  double sample_seconds = 0.5;
  double bound = 0.01;     // of time: what counts as a gain or a loss
  double rss_gain = 0.05;  // of peak RSS: what a memory claim must gain
  double rss_loss = 0.05;  // of peak RSS or RSS after: what a claim of time may lose

  bool operator==(const Gate&) const = default;
};

nlohmann::ordered_json gate_json(const Gate& gate);
// Throws, naming `path`, if the file cannot be read or is no gate.
Gate read_gate(const std::filesystem::path& path);

// Throws if the gate could decide nothing, or less than the rule for all boxes asks: ten rounds to
// screen, 21 of half a second to decide.
void require_sound(const Gate& gate);

}  // namespace hakmem::cli
