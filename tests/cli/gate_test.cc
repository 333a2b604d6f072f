// gate_test.cc: a gate is written and read back, and refused when it could decide nothing.
#include "ab/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "measure/temporary_folder.h"
#include "result/result_file.h"
#include "user_error.h"

namespace hakmem::cli {
namespace {

using ::testing::HasSubstr;

Gate sound_gate() {
  Gate gate;
  gate.name = "x";
  gate.claim = Claim::memory;
  gate.target = {"a", "b"};
  gate.guard = {"c"};
  return gate;
}

TEST(Gate, WhatIsWrittenIsRead) {
  const TemporaryFolder folder;
  write_json(folder.path() / "gate.json", gate_json(sound_gate()));
  EXPECT_EQ(read_gate(folder.path() / "gate.json"), sound_gate());
}

TEST(Gate, WhatIsNoGateIsRefusedByName) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "gate.json";
  EXPECT_THROW(read_gate(path), UserError);
  nlohmann::ordered_json other = gate_json(sound_gate());
  other["schema"] = "other";
  nlohmann::ordered_json less = gate_json(sound_gate());
  less.erase("bound");
  for (const std::string& text : {std::string("{"), std::string("{}"), other.dump(), less.dump()}) {
    write_whole(path, text);
    try {
      read_gate(path);
      ADD_FAILURE() << text;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path.string()));
    }
  }
}

TEST(Gate, LessThanTheRuleForAllBoxesIsRefused) {
  require_sound(sound_gate());
  const auto refused = [](auto change) {
    Gate gate = sound_gate();
    change(gate);
    EXPECT_THROW(require_sound(gate), UserError);
  };
  refused([](Gate& gate) { gate.target.clear(); });
  refused([](Gate& gate) { gate.guard.emplace_back("a"); });
  refused([](Gate& gate) { gate.screen_rounds = 9; });
  refused([](Gate& gate) { gate.decide_rounds = 20; });
  refused([](Gate& gate) { gate.sample_seconds = 0.4; });
  refused([](Gate& gate) { gate.bound = 0; });
  refused([](Gate& gate) { gate.rss_loss = 1; });
}

}  // namespace
}  // namespace hakmem::cli
