// memory_targets.cc: resident memory, at its peak and when all was freed, as geometric means over
// rows.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "scorecard/targets.h"

namespace hakmem::cli {

namespace {

// Rows of one kind, seen through one figure, each once.
struct MemoryRows {
  std::string what;
  RowFigure figure;
  std::vector<RowEvidence> rows;  // that have the figure, or failed
  std::size_t incomplete = 0;     // those that were cut off: nobody knows what they would say
};

// Returns the rows that `is_meant`.
template <class Condition>
MemoryRows rows_of(const Evidence& evidence, std::string what, RowFigure figure,
                   Condition is_meant) {
  std::vector<RowEvidence> meant;
  std::copy_if(evidence.rows.begin(), evidence.rows.end(), std::back_inserter(meant), is_meant);
  MemoryRows chosen{std::move(what), figure, {}};
  for (const RowEvidence& row : each_once(meant)) {
    const bool failed = row.failure(row.own()).has_value();
    // What nobody was asked for was not measured.
    if (failed || (row.is_complete() && row.has_own(figure))) {
      chosen.rows.push_back(row);
    } else if (!row.is_complete()) {
      ++chosen.incomplete;
    }
  }
  return chosen;
}

std::string join(const std::set<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// The own allocator's ratios to a peer over the rows that both have.
struct AgainstPeer {
  std::string peer;
  std::vector<Ratio> ratios;
  std::set<std::string> files;
  std::size_t failed = 0;  // rows without a figure of the peer, because it failed
  bool everywhere = true;  // whether the peer was measured in every row
};

AgainstPeer against(const MemoryRows& rows, const std::string& peer) {
  AgainstPeer result;
  result.peer = peer;
  for (const RowEvidence& row : rows.rows) {
    const auto ratio = row.against(peer, rows.figure);
    if (!row.has(peer)) {
      result.everywhere = false;
    } else if (ratio) {
      result.ratios.push_back(*ratio);
      result.files.insert(row.file());
    } else {
      ++result.failed;
    }
  }
  return result;
}

// Fills in the finding of a mean over rows of ratios to one peer. Where rows are missing from it
// that were cut off, it says nothing; where intervals are of too few rounds, nothing is decided.
void judge_mean(Finding& finding, const MemoryRows& rows, const AgainstPeer& peer, double bound) {
  const MeanFigure mean = geometric_mean_of(peer.ratios).value();
  finding.says = rows.incomplete > 0   ? Says::no_data
                 : mean.few_rounds > 0 ? Says::undecided
                                       : judge_interval(mean.low, mean.high, bound);
  finding.figure =
      fmt::format("{:.3f} ({:.3f} to {:.3f}) of {}", mean.median, mean.low, mean.high, peer.peer);
  finding.decided_by = fmt::format("geometric mean over {} row{} of {}", mean.rows,
                                   mean.rows == 1 ? "" : "s", rows.what);
  if (peer.failed > 0) {
    finding.decided_by += fmt::format(", without {} that failed under {}", peer.failed, peer.peer);
  }
  if (mean.few_rounds > 0) {
    finding.decided_by += fmt::format(", {} of them of too few rounds", mean.few_rounds);
  }
  if (rows.incomplete > 0) {
    finding.decided_by += fmt::format(", without {} that were cut off", rows.incomplete);
  }
  finding.source = join(peer.files);
}

// Says what is missing where there is no row with the figure. Returns whether that is so.
bool judge_absence(Finding& finding, const MemoryRows& rows) {
  if (!rows.rows.empty()) return false;
  finding.decided_by = rows.incomplete > 0 ? fmt::format("no row of {} is complete", rows.what)
                                           : fmt::format("no comparison has this of {}", rows.what);
  return true;
}

// A row that failed under the own allocator misses the target. Returns whether one did.
bool judge_failures(Finding& finding, const MemoryRows& rows) {
  for (const RowEvidence& row : rows.rows) {
    const auto failure = row.failure(row.own());
    if (!failure) continue;
    finding.says = Says::not_met;
    finding.figure = "FAILED: " + *failure;
    finding.decided_by = row.name();
    finding.source = row.file();
    return true;
  }
  return false;
}

Finding judge_against(Finding finding, const MemoryRows& rows, const std::string& peer,
                      double bound) {
  if (judge_absence(finding, rows) || judge_failures(finding, rows)) return finding;
  const AgainstPeer ratios = against(rows, peer);
  if (!ratios.everywhere || ratios.ratios.empty()) {
    finding.decided_by = peer + " was not measured on every row of " + rows.what;
    return finding;
  }
  judge_mean(finding, rows, ratios, bound);
  return finding;
}

// The leanest is the peer that the own allocator has the highest ratio to.
Finding judge_against_leanest(Finding finding, const MemoryRows& rows,
                              const std::vector<std::string>& peers, double bound) {
  if (judge_absence(finding, rows) || judge_failures(finding, rows)) return finding;
  std::optional<AgainstPeer> leanest;
  std::set<std::string> missing;
  const auto mean = [](const AgainstPeer& peer) {
    return geometric_mean_of(peer.ratios).value().median;
  };
  for (const std::string& name : peers) {
    AgainstPeer peer = against(rows, name);
    if (!peer.everywhere || peer.ratios.empty()) missing.insert(name);
    if (peer.ratios.empty()) continue;
    if (!leanest || mean(peer) > mean(*leanest)) leanest = std::move(peer);
  }
  if (leanest) judge_mean(finding, rows, *leanest, bound);
  if (missing.empty()) return finding;
  // One that is missing may be leaner yet, but cannot make good what is missed already.
  if (finding.says != Says::not_met) finding.says = Says::no_data;
  finding.decided_by +=
      fmt::format("{}{} not measured on every row of {}", finding.decided_by.empty() ? "" : "; ",
                  join(missing), rows.what);
  return finding;
}

}  // namespace

TargetGroup judge_memory(const Evidence& evidence, const NamedPeers& peers) {
  const auto is_workload = [](const RowEvidence& row) { return !row.workload().empty(); };
  const auto is_program = [](const RowEvidence& row) { return row.workload().empty(); };
  // Other programs end with their work.
  const auto idles_after_work = [](const RowEvidence& row) {
    return !row.workload().empty() || row.is_server();
  };
  const MemoryRows programs = rows_of(evidence, "programs", RowFigure::peak_rss, is_program);
  const MemoryRows workloads = rows_of(evidence, "workloads", RowFigure::peak_rss, is_workload);
  const MemoryRows after =
      rows_of(evidence, "workloads and servers", RowFigure::net_after_rss, idles_after_work);
  const std::string lean = fmt::format("the leanest of {}", fmt::join(peers.lean, ", "));
  return {"Resident memory",
          {
              judge_against({"Peak of programs, relative to " + peers.mimalloc, "≤ 0.78"}, programs,
                            peers.mimalloc, 0.78),
              judge_against({"Peak of workloads, relative to " + peers.mimalloc, "≤ 0.48"},
                            workloads, peers.mimalloc, 0.48),
              judge_against_leanest({"Peak of programs, relative to " + lean, "≤ 0.95"}, programs,
                                    peers.lean, 0.95),
              judge_against_leanest({"Peak of workloads, relative to " + lean, "≤ 0.95"}, workloads,
                                    peers.lean, 0.95),
              judge_against_leanest({"After work, net, relative to " + lean, "≤ 0.50"}, after,
                                    peers.lean, 0.50),
          }};
}

}  // namespace hakmem::cli
