// targets.h: what hakmem is to reach against its peers, and what the evidence says of each.
//
// A row that is undecided counts as not met and is shown as undecided, and so is one of too few
// rounds; one that was cut off is no data; a row that failed under the own allocator misses its
// target. Bounds on single rows are on medians, but that on net cost is met or missed by a whole
// interval, and others say that they are on its upper end. "The best other" is that among peers of
// which none may be missing: without one of them nothing is met.
#pragma once

#include <string>
#include <vector>

#include "scorecard/evidence.h"
#include "scorecard/finding.h"

namespace hakmem::cli {

// Allocators that some targets name.
struct NamedPeers {
  std::string mimalloc = "mimalloc3";
  std::vector<std::string> lean = {"snmalloc", "rpmalloc2", "jemalloc"};

  // Returns those that must be measured in a row for its best allocator to be the best.
  [[nodiscard]] std::vector<std::string> all() const {
    std::vector<std::string> names = lean;
    names.insert(names.begin(), mimalloc);
    return names;
  }
};

struct TargetGroup {
  std::string title;
  std::vector<Finding> findings;
};

std::vector<TargetGroup> judge_targets(const Evidence& evidence, const NamedPeers& peers);

// The groups, one by one.
TargetGroup judge_single_thread(const Evidence& evidence, const NamedPeers& peers);
TargetGroup judge_threads(const Evidence& evidence, const NamedPeers& peers);
TargetGroup judge_memory(const Evidence& evidence, const NamedPeers& peers);
TargetGroup judge_instructions(const Evidence& evidence);
TargetGroup judge_soak(const Evidence& evidence);

}  // namespace hakmem::cli
