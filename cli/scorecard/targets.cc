// targets.cc: all groups of targets, in the order of the page.
#include "scorecard/targets.h"

namespace hakmem::cli {

std::vector<TargetGroup> judge_targets(const Evidence& evidence, const NamedPeers& peers) {
  return {judge_single_thread(evidence, peers), judge_threads(evidence, peers),
          judge_memory(evidence, peers), judge_instructions(evidence), judge_soak(evidence)};
}

}  // namespace hakmem::cli
