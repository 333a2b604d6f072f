// memory_targets.cc: resident memory, at its peak and when all was freed, as geometric means over
// rows.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scorecard/targets.h"

namespace hakmem::cli {

namespace {

// Rows of one kind, seen through one figure.
struct MemoryRows {
  std::string what;
  SampleFigure figure;
  std::vector<const RowEvidence*> rows;
};

MemoryRows rows_of(const Evidence& evidence, bool workloads, SampleFigure figure) {
  MemoryRows chosen{workloads ? "workloads" : "programs", figure, {}};
  for (const RowEvidence& row : evidence.rows) {
    if (row.workload().empty() == workloads) continue;
    // What no program was asked for was not measured; a row that failed counts.
    const bool known = row.has_own(figure) || row.failure(row.own());
    if (known) chosen.rows.push_back(&row);
  }
  return chosen;
}

std::string join(const std::set<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// The own allocator's ratios to a peer over the rows that both have.
struct AgainstPeer {
  std::string peer;
  std::vector<RatioFigure> ratios;
  std::set<std::string> files;
  std::size_t failed = 0;  // rows without a figure of the peer, because it failed
  bool everywhere = true;  // whether the peer was measured in every row
};

AgainstPeer against(const MemoryRows& rows, const std::string& peer) {
  AgainstPeer result;
  result.peer = peer;
  for (const RowEvidence* const row : rows.rows) {
    const auto ratio = row->against(peer, rows.figure);
    if (!row->has(peer)) {
      result.everywhere = false;
    } else if (ratio) {
      result.ratios.push_back(*ratio);
      result.files.insert(row->file());
    } else {
      ++result.failed;
    }
  }
  return result;
}

// Fills in the finding of a mean over rows of ratios to one peer.
void judge_mean(Finding& finding, const MemoryRows& rows, const AgainstPeer& peer, double bound) {
  const MeanFigure mean = geometric_mean_of(peer.ratios).value();
  finding.says = judge_interval(mean.mean.low, mean.mean.high, bound);
  finding.figure = fmt::format("{:.3f} ({:.3f} to {:.3f}) of {}", mean.mean.median, mean.mean.low,
                               mean.mean.high, peer.peer);
  finding.decided_by = fmt::format("geometric mean over {} row{} of {}", mean.rows,
                                   mean.rows == 1 ? "" : "s", rows.what);
  if (peer.failed > 0) {
    finding.decided_by += fmt::format(", without {} that failed under {}", peer.failed, peer.peer);
  }
  finding.source = join(peer.files);
}

// A row that failed under the own allocator misses the target. Returns whether one did.
bool judge_failures(Finding& finding, const MemoryRows& rows) {
  for (const RowEvidence* const row : rows.rows) {
    const auto failure = row->failure(row->own());
    if (!failure) continue;
    finding.says = Says::not_met;
    finding.figure = "FAILED: " + *failure;
    finding.decided_by = row->name();
    finding.source = row->file();
    return true;
  }
  return false;
}

Finding judge_against(Finding finding, const MemoryRows& rows, const std::string& peer,
                      double bound) {
  if (rows.rows.empty()) {
    finding.decided_by = "no comparison has this of " + rows.what;
    return finding;
  }
  if (judge_failures(finding, rows)) return finding;
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
  if (rows.rows.empty()) {
    finding.decided_by = "no comparison has this of " + rows.what;
    return finding;
  }
  if (judge_failures(finding, rows)) return finding;
  std::optional<AgainstPeer> leanest;
  std::set<std::string> missing;
  const auto mean = [](const AgainstPeer& peer) {
    return geometric_mean_of(peer.ratios).value().mean.median;
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
  const MemoryRows programs = rows_of(evidence, false, SampleFigure::peak_rss);
  const MemoryRows workloads = rows_of(evidence, true, SampleFigure::peak_rss);
  MemoryRows after = rows_of(evidence, true, SampleFigure::net_after_rss);
  const MemoryRows after_programs = rows_of(evidence, false, SampleFigure::net_after_rss);
  after.what = "workloads and programs";
  after.rows.insert(after.rows.end(), after_programs.rows.begin(), after_programs.rows.end());
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
