// soak_targets.cc: an hour of Mixed: memory that does not grow, speed that does not vary.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "scorecard/targets.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

double minutes_of(const Json& allocator) {
  double last = 0;
  for (const Json& epoch : allocator.value("epochs", Json::array())) {
    last = std::max(last, epoch.at("start").get<double>() + epoch.at("seconds").get<double>());
  }
  return last / 60;
}

// A soak that did not end well says that alone.
template <class Judge>
RowFinding judge_run(const Json& own, const Judge& judge) {
  const std::string verdict = own.value("verdict", "ok");
  if (verdict == "ok") return judge(own, own.value("summary", Json::object()));
  return {Says::not_met, std::numeric_limits<double>::infinity(),
          fmt::format("FAILED: {}: {}", verdict, own.value("detail", ""))};
}

// Judges each soak of Mixed; a shorter one than an hour decides nothing that it does not miss.
template <class Judge>
Finding judge_soaks(Finding target, const Evidence& evidence, const Judge& judge) {
  constexpr double full_minutes = 59;
  target.decided_by = "no soak of Mixed by the own allocator";
  WorstOfRows worst(std::move(target));
  for (const DocumentEvidence& soak : evidence.soaks) {
    const Json* const own = soak.find(soak.own);
    if (own == nullptr || !is_mixed_workload(soak.document->at("workload"))) continue;
    RowFinding found = judge_run(*own, judge);
    const double minutes = minutes_of(*own);
    if (minutes < full_minutes && found.says == Says::met) found.says = Says::undecided;
    worst.add(found, fmt::format("{:.3g} minutes", minutes), soak.file);
  }
  return worst.finding();
}

std::optional<double> number(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

RowFinding missing(const char* member) { return {Says::no_data, 0, fmt::format("no {}", member)}; }

RowFinding judge_drift(const Json& /*own*/, const Json& summary) {
  constexpr double shown_as_zero = 0.005;
  const auto drift = number(summary, "rss_drift");
  if (!drift) return missing("rss_drift");
  return {*drift < shown_as_zero ? Says::met : Says::not_met, *drift,
          fmt::format("{:.2f} %", *drift * 100)};
}

RowFinding judge_variation(const Json& /*own*/, const Json& summary) {
  constexpr double bound = 0.015;
  const auto variation = number(summary, "throughput_cv");
  if (!variation) return missing("throughput_cv");
  const auto floor = number(summary, "floor_cv");
  const std::string text =
      fmt::format("{:.2f} %{}", *variation * 100,
                  floor ? fmt::format(", the floor's {:.2f} %", *floor * 100) : "");
  if (*variation <= bound) return {Says::met, *variation, text};
  // Where the machine itself varies more than that, nothing can be said.
  const bool floor_allows = !floor || *floor <= bound;
  return {floor_allows ? Says::not_met : Says::undecided, *variation, text};
}

RowFinding judge_slow_epochs(const Json& /*own*/, const Json& summary) {
  constexpr double bound = 0.95;
  const auto slow = number(summary, "slow_epochs");
  if (!slow) return missing("slow_epochs");
  return {*slow >= bound ? Says::met : Says::not_met, -*slow, fmt::format("{:.3f}", *slow)};
}

RowFinding judge_system_calls(const Json& own, const Json& /*summary*/) {
  constexpr double bound = 1e-7;
  const auto calls = number(own, "system_calls_per_operation");
  if (!calls) return missing("system_calls_per_operation");
  return {*calls <= bound ? Says::met : Says::not_met, *calls, fmt::format("{:.1e}", *calls)};
}

}  // namespace

TargetGroup judge_soak(const Evidence& evidence) {
  return {
      "An hour of Mixed",
      {
          judge_soaks({"RSS drift per hour, to the nearest percent", "0 %"}, evidence, judge_drift),
          judge_soaks({"CV of throughput, where that of the floor allows", "≤ 1.5 %"}, evidence,
                      judge_variation),
          judge_soaks({"Slowest 0.1 % of seconds, relative to the median", "≥ 0.95"}, evidence,
                      judge_slow_epochs),
          judge_soaks({"System calls per operation", "≤ 1e-7"}, evidence, judge_system_calls),
      }};
}

}  // namespace hakmem::cli
