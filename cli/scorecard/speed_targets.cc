// speed_targets.cc: time of one thread, and of threads and remote frees, against the best other
// allocator of each row.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "measure/interval_text.h"
#include "scorecard/targets.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr double always_worst = std::numeric_limits<double>::infinity();

template <class Condition>
std::vector<RowEvidence> rows_that(const Evidence& evidence, Condition condition) {
  std::vector<RowEvidence> rows;
  std::copy_if(evidence.rows.begin(), evidence.rows.end(), std::back_inserter(rows), condition);
  return rows;
}

std::string ratio_to_peer_text(const Ratio& ratio, const std::string& peer) {
  return ratio_text(ratio) + " of " + peer;
}

// What a row says by itself, whatever its figures are, because it failed or was cut off.
std::optional<RowFinding> judge_state(const RowEvidence& row) {
  if (const auto failure = row.failure(row.own())) {
    return RowFinding{Says::not_met, always_worst, "FAILED: " + *failure};
  }
  if (!row.is_complete()) return RowFinding{Says::no_data, 0, "cut off"};
  return std::nullopt;
}

// Judges a row that has a ratio to the best other allocator by `judge`; one that has none, or that
// failed or was cut off, speaks for itself. Who was not measured may be better than the best that
// was, so that a target is not met without one of the named peers; what is missed already stays
// missed.
RowFinding judge_against_best(const RowEvidence& row, const NamedPeers& peers,
                              const std::function<RowFinding(const Json& best)>& judge) {
  if (const auto state = judge_state(row)) return *state;
  const Json* const best = row.against_best();
  if (best == nullptr) return {Says::undecided, 0, "too few rounds"};
  RowFinding found = judge(*best);
  const std::vector<std::string> lacking = row.lacking(peers.all());
  if (found.says != Says::met || lacking.empty()) return found;
  found.says = Says::no_data;
  found.text += fmt::format(", without {}", fmt::join(lacking, ", "));
  return found;
}

Says judge_decided(const Json& best, double figure, double bound) {
  if (best.at("decided") != true) return Says::undecided;
  return figure <= bound ? Says::met : Says::not_met;
}

// Returns parameters but for the one that says how often a workload repeats; by name, so that the
// order in which they were printed does not matter.
nlohmann::json without(const std::string& repetitions, const Json& parameters) {
  nlohmann::json some = parameters;
  some.erase(repetitions);
  return some;
}

// Returns whether a count is of the very workload of the row: the same program, the same
// parameters, given or not, and the same switches.
bool is_count_of(const Json& count, const RowEvidence& row) {
  const std::string repetitions = count.value("repetitions", "");
  const auto parameters = without(repetitions, row.parameters());
  return count.value("workload", "") == row.workload() && !parameters.empty() &&
         parameters == without(repetitions, count.value("parameters", Json::object())) &&
         count.value("switches", std::vector<std::string>()) == row.switches();
}

// Returns the instructions per operation of a row's workload, less its floor.
std::optional<double> net_instructions(const Json* allocator, const RowEvidence& row) {
  if (allocator == nullptr || !allocator->contains("workloads")) return std::nullopt;
  for (const Json& count : allocator->at("workloads")) {
    const Json instructions = count.value("instructions_per_operation", Json());
    const Json floor = count.value("floor_instructions_per_operation", Json());
    if (!is_count_of(count, row) || !instructions.is_number() || !floor.is_number()) continue;
    return instructions.get<double>() - floor.get<double>();
  }
  return std::nullopt;
}

// What time cannot resolve is decided by exact counts.
RowFinding judge_by_instructions(const Evidence& evidence, const RowEvidence& row,
                                 const std::string& peer, double bound) {
  for (const DocumentEvidence& counts : evidence.counts) {
    const auto own = net_instructions(counts.find(row.own()), row);
    const auto other = net_instructions(counts.find(peer), row);
    if (!own || !other || *other <= 0) continue;
    const double figure = *own / *other;
    return {figure <= bound ? Says::met : Says::not_met, figure,
            fmt::format("{:.3f} of {}, instructions", figure, peer)};
  }
  return {Says::no_data, 0,
          fmt::format("below resolution, and no counts of {} under {} and {} without the floor",
                      row.name(), row.own(), peer)};
}

Finding judge_net_cost(const Evidence& evidence, const NamedPeers& peers) {
  constexpr double bound = 0.85;
  const auto rows = rows_that(evidence, [](const RowEvidence& row) {
    return row.workload() == "random_mixed" || row.workload() == "tiny_hot" ||
           row.workload() == "fifo_hot";
  });
  return find_on_every_row(
      {"Net cost against the best other, on every row of random_mixed, tiny_hot and fifo_hot",
       "≤ 0.85"},
      rows, "a row of random_mixed, tiny_hot or fifo_hot", [&](const RowEvidence& row) {
        return judge_against_best(row, peers, [&](const Json& best) -> RowFinding {
          const std::string peer = best.at("peer");
          if (best.value("below_resolution", false)) {
            return judge_by_instructions(evidence, row, peer, bound);
          }
          const auto net = find_ratio(best, "net");
          if (!net) return {Says::no_data, 0, "no net cost: the floor was not measured"};
          // That the gross ratio is certain says nothing of this one: its own interval decides.
          const bool counts = best.at("decided") == true && has_full_coverage(*net);
          const Says says = counts ? judge_interval(net->interval.low, net->interval.high, bound)
                                   : Says::undecided;
          return {says, net->median, ratio_to_peer_text(*net, peer)};
        });
      });
}

std::vector<RowEvidence> mixed_rows(const Evidence& evidence) {
  return rows_that(evidence, [](const RowEvidence& row) { return row.is_mixed(); });
}

Finding judge_wall(const Evidence& evidence, const NamedPeers& peers) {
  constexpr double bound = 0.97;
  return find_on_every_row(
      {"Time against the best other, on Mixed", "≤ 0.97"}, mixed_rows(evidence),
      "a row of Mixed (random_mixed, 16 to 1024 bytes)", [&peers](const RowEvidence& row) {
        return judge_against_best(row, peers, [](const Json& best) -> RowFinding {
          const Ratio ratio = parse_ratio(best);
          return {judge_decided(best, ratio.median, bound), ratio.median,
                  ratio_to_peer_text(ratio, best.at("peer"))};
        });
      });
}

Finding judge_throughput(const Evidence& evidence, const std::string& mimalloc) {
  constexpr double bound = 1.05;
  return find_on_every_row(
      {"Throughput relative to " + mimalloc + ", on Mixed", "> 1.05"}, mixed_rows(evidence),
      "a row of Mixed (random_mixed, 16 to 1024 bytes)", [&](const RowEvidence& row) -> RowFinding {
        if (const auto state = judge_state(row)) return *state;
        const auto cost = row.against(mimalloc, RowFigure::cost);
        if (!cost) {
          return {Says::no_data, 0, mimalloc + ": " + row.failure(mimalloc).value_or("no figure")};
        }
        const Json* const best = row.against_best();
        if (best == nullptr) return {Says::undecided, 0, "too few rounds"};
        // As certain as the document asks of a ratio of this row.
        const bool decided = is_resolved(*cost, best->at("limit"));
        const double figure = 1 / cost->median;
        const Says says = !decided ? Says::undecided : figure > bound ? Says::met : Says::not_met;
        return {says, -figure, fmt::format("{:.3f}", figure)};
      });
}

std::vector<RowEvidence> threaded_rows(const Evidence& evidence) {
  return rows_that(evidence, [](const RowEvidence& row) {
    return !row.workload().empty() && (row.threads() > 1 || row.workload() == "mt_remote");
  });
}

constexpr const char* no_threads = "a workload of more than one thread";

Finding judge_threaded_rows(const Evidence& evidence, const NamedPeers& peers) {
  constexpr double bound = 1.02;
  return find_on_every_row(
      {"Upper end of the interval against the best other, on every row", "≤ 1.02"},
      threaded_rows(evidence), no_threads, [&peers](const RowEvidence& row) {
        return judge_against_best(row, peers, [](const Json& best) -> RowFinding {
          const double high = best.at("high");
          return {judge_decided(best, high, bound), high,
                  fmt::format("{:.3f} of {}", high, best.at("peer").get<std::string>())};
        });
      });
}

std::set<std::string> set_of(const std::vector<std::string>& words) {
  return {words.begin(), words.end()};
}

// What the rows of a mean have, and what they lack.
struct ThreadedRows {
  std::size_t all = 0;
  std::vector<Ratio> ratios;   // to the best other
  std::size_t undecided = 0;   // too uncertain, or without a ratio for want of rounds
  std::size_t incomplete = 0;  // cut off
  std::set<std::string> lacking;

  void add(const RowEvidence& row, const NamedPeers& peers) {
    ++all;
    lacking.merge(set_of(row.lacking(peers.all())));
    if (!row.is_complete()) {
      ++incomplete;
      return;
    }
    const Json* const best = row.against_best();
    if (best != nullptr) ratios.push_back(parse_ratio(*best));
    if (best == nullptr || best->at("decided") != true) ++undecided;
  }

  // `mean`: over those that have a ratio; the others might yet change it.
  [[nodiscard]] Says judge(double mean, double bound) const {
    if (incomplete > 0) return Says::no_data;
    if (ratios.size() < all) return Says::undecided;
    if (mean > bound) return Says::not_met;
    if (undecided > 0) return Says::undecided;
    return lacking.empty() ? Says::met : Says::no_data;
  }

  [[nodiscard]] std::string text() const {
    std::string words =
        fmt::format("mean over {} of {} rows, {} undecided", ratios.size(), all, undecided);
    if (incomplete > 0) words += fmt::format(", {} cut off", incomplete);
    if (!lacking.empty()) words += fmt::format(", some without {}", fmt::join(lacking, ", "));
    return words;
  }
};

Finding judge_threaded_mean(const Evidence& evidence, const NamedPeers& peers) {
  constexpr double bound = 0.95;
  Finding finding{"Geometric mean against the best other of each row", "≤ 0.95"};
  ThreadedRows rows;
  std::set<std::string> files;
  for (const RowEvidence& row : each_once(threaded_rows(evidence))) {
    files.insert(row.file());
    if (const auto failure = row.failure(row.own())) {
      finding.says = Says::not_met;
      finding.figure = "FAILED: " + *failure;
      finding.decided_by = row.name();
      finding.source = row.file();
      return finding;
    }
    rows.add(row, peers);
  }
  finding.decided_by = rows.all == 0 ? std::string("no comparison has ") + no_threads : rows.text();
  const auto mean = geometric_mean_of(rows.ratios);
  if (!mean) {
    finding.says = rows.all == 0 || rows.incomplete > 0 ? Says::no_data : Says::undecided;
    return finding;
  }
  finding.says = rows.judge(mean->median, bound);
  finding.figure = fmt::format("{:.3f}", mean->median);
  finding.source = fmt::format("{}", fmt::join(files, ", "));
  return finding;
}

}  // namespace

TargetGroup judge_single_thread(const Evidence& evidence, const NamedPeers& peers) {
  return {"Single thread",
          {judge_net_cost(evidence, peers), judge_wall(evidence, peers),
           judge_throughput(evidence, peers.mimalloc)}};
}

TargetGroup judge_threads(const Evidence& evidence, const NamedPeers& peers) {
  return {"Threads and remote frees",
          {judge_threaded_rows(evidence, peers), judge_threaded_mean(evidence, peers)}};
}

}  // namespace hakmem::cli
