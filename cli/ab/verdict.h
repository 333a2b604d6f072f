// verdict.h: what the samples of base and treatment say by the rule of a gate.
//
// The rule for all boxes: GO: >= +1.0 % on its target row, the interval excludes 0, no guard row
// below -1.0 %; NO-GO: <= -1.0 % and the interval excludes 0; else NEUTRAL. Memory boxes: RSS -5 %
// or better at speed >= -1 %. A guard row that lost is a NO-GO, too, where its interval shows it;
// where it does not, its median still keeps the change from being a GO.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ab/gate.h"
#include "compare/plan.h"
#include "compare/summary.h"

namespace hakmem::cli {

enum class Decision { go, neutral, no_go };

const char* decision_name(Decision decision);

// Places of the two in a plan of A/B.
inline constexpr std::size_t base_place = 0;
inline constexpr std::size_t treat_place = 1;

struct RowVerdict {
  std::string name;
  bool is_target = false;
  std::optional<Ratio> cost;  // treatment to base, as the rest; nothing if a run failed
  std::optional<Ratio> peak;
  std::optional<Ratio> after;
};

struct AbVerdict {
  Decision decision = Decision::neutral;
  std::string reason;  // which row or bound decided
  // Over the target rows: per round the geometric mean of their ratios, then the median.
  std::optional<Ratio> target_cost;
  std::optional<Ratio> target_peak;
  std::vector<RowVerdict> rows;
  bool failed = false;  // a run failed: nothing is decided
};

// The first gate.target.size() rows of the plan are the targets.
AbVerdict judge(const Gate& gate, const Plan& plan, const std::vector<Sample>& samples);

// Returns whether further rounds cannot make it a GO or a NO-GO: by screening, treatment and base
// are as good as equal in time, and the treatment holds no more memory than the gate lets it.
bool is_screened_out(const Gate& gate, const AbVerdict& screening);

nlohmann::ordered_json verdict_json(const AbVerdict& verdict);

// Returns the figures as a table, and the decision.
std::string verdict_text(const AbVerdict& verdict);

}  // namespace hakmem::cli
