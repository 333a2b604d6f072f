// markdown.h: the scorecard as a page of Markdown.
#pragma once

#include <string>
#include <vector>

#include "result/named_result.h"
#include "scorecard/targets.h"

namespace hakmem::cli {

// Returns the page: how many targets are met, a table for each group, and the files it is made of.
std::string scorecard_page(const std::vector<TargetGroup>& groups,
                           const std::vector<NamedResult>& results);

}  // namespace hakmem::cli
