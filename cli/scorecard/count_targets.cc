// count_targets.cc: instructions of a pair of calls.
#include <fmt/format.h>

#include <algorithm>

#include "scorecard/targets.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

// The blocks of Mixed; larger ones take other paths.
constexpr std::size_t largest_counted_bytes = 1024;

const Json* find_call(const Json& calls, const char* name, std::size_t bytes) {
  const auto found = std::find_if(calls.begin(), calls.end(), [&](const Json& call) {
    return call.at("call") == name && call.at("bytes") == bytes;
  });
  return found == calls.end() ? nullptr : &*found;
}

RowFinding judge_pair(const Json& take, const Json* give, double bound) {
  if (give == nullptr || take.at("instructions").is_null() || give->at("instructions").is_null()) {
    return {Says::no_data, 0, "not counted"};
  }
  const double figure =
      take.at("instructions").get<double>() + give->at("instructions").get<double>();
  return {figure <= bound ? Says::met : Says::not_met, figure, fmt::format("{:g}", figure)};
}

Finding judge_pairs(const Evidence& evidence) {
  constexpr double bound = 32;
  Finding target{"malloc + free of blocks up to 1 KiB, on the path that is executed", "≤ 32"};
  target.decided_by = "no counts of the own allocator";
  WorstOfRows worst(std::move(target));
  for (const DocumentEvidence& counts : evidence.counts) {
    const Json* const own = counts.find(counts.own);
    if (own == nullptr) continue;
    const Json& calls = own->at("calls");
    for (const Json& call : calls) {
      const std::size_t bytes = call.at("bytes");
      if (call.at("call") != "malloc" || bytes > largest_counted_bytes) continue;
      worst.add(judge_pair(call, find_call(calls, "free", bytes), bound),
                fmt::format("{} bytes", bytes), counts.file);
    }
  }
  return worst.finding();
}

}  // namespace

TargetGroup judge_instructions(const Evidence& evidence) {
  return {"Instructions", {judge_pairs(evidence)}};
}

}  // namespace hakmem::cli
