// gate.cc: reads and writes gates.
#include "ab/gate.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "user_error.h"

namespace hakmem::cli {

using Json = nlohmann::ordered_json;

NLOHMANN_JSON_SERIALIZE_ENUM(Claim, {{Claim::time, "time"}, {Claim::memory, "memory"}})

Json gate_json(const Gate& gate) {
  return {{"schema", gate_schema},
          {"name", gate.name},
          {"claim", gate.claim},
          {"target", gate.target},
          {"guard", gate.guard},
          {"screen_rounds", gate.screen_rounds},
          {"decide_rounds", gate.decide_rounds},
          {"sample_seconds", gate.sample_seconds},
          {"bound", gate.bound},
          {"rss_gain", gate.rss_gain},
          {"rss_loss", gate.rss_loss}};
}

Gate read_gate(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) {
    throw UserError(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
  }
  try {
    const Json json = Json::parse(file);
    if (json.at("schema") != gate_schema) {
      throw UserError(fmt::format("{}: schema {}; this version reads {}", path.string(),
                                  json.at("schema").dump(), gate_schema));
    }
    Gate gate;
    gate.name = json.at("name");
    gate.claim = json.at("claim");
    gate.target = json.at("target").get<std::vector<std::string>>();
    gate.guard = json.at("guard").get<std::vector<std::string>>();
    gate.screen_rounds = json.at("screen_rounds");
    gate.decide_rounds = json.at("decide_rounds");
    gate.sample_seconds = json.at("sample_seconds");
    gate.bound = json.at("bound");
    gate.rss_gain = json.at("rss_gain");
    gate.rss_loss = json.at("rss_loss");
    return gate;
  } catch (const Json::exception& error) {
    throw UserError(path.string() + ": no gate: " + error.what());
  }
}

void require_sound(const Gate& gate) {
  constexpr int fewest_screen_rounds = 10;
  constexpr int fewest_decide_rounds = 21;
  constexpr double shortest_sample_seconds = 0.5;
  const auto refuse = [&gate](const std::string& what) {
    throw UserError("gate " + gate.name + ": " + what);
  };
  if (gate.target.empty()) refuse("no target row; give --target");
  std::set<std::string> rows;
  for (const auto& list : {gate.target, gate.guard}) {
    for (const std::string& row : list) {
      if (!rows.insert(row).second) refuse("the row " + row + " stands in it twice");
    }
  }
  if (gate.screen_rounds < fewest_screen_rounds) {
    refuse(fmt::format("screens with fewer than {} rounds", fewest_screen_rounds));
  }
  if (gate.decide_rounds < fewest_decide_rounds) {
    refuse(fmt::format("decides with fewer than {} rounds", fewest_decide_rounds));
  }
  if (gate.sample_seconds < shortest_sample_seconds) {
    refuse(fmt::format("samples shorter than {:g} s", shortest_sample_seconds));
  }
  for (const double bound : {gate.bound, gate.rss_gain, gate.rss_loss}) {
    if (!(bound > 0 && bound < 1)) refuse("a bound is not between 0 and 1");
  }
}

}  // namespace hakmem::cli
