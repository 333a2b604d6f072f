// health_finding.h: one thing that was looked at, and whether it is as it should be.
#pragma once

#include <string>

namespace hakmem::cli {

struct HealthFinding {
  std::string name;
  bool passed = false;
  std::string detail;  // the figures
};

}  // namespace hakmem::cli
