// health.h: runs programs under each flavour and profile and judges what they did and printed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "health/health_subject.h"
#include "measure/allocator.h"

namespace hakmem::cli {

struct HealthPlan {
  std::vector<Allocator> flavours;
  std::vector<std::string> profiles;
  std::vector<HealthSubject> subjects;
  double timeout_seconds = 120;  // of one run
};

struct HealthCheck {
  std::string profile;
  std::string flavour;
  std::string name;
  bool passed = false;
  std::string detail;
};

// The flavour that counts calls; it must print them.
inline constexpr const char* observe_flavour = "observe";

// Makes the checks, and hands each to `show` as it is made. Ends early if the user interrupts, for
// whom the caller holds an InterruptGuard.
std::vector<HealthCheck> check_health(const HealthPlan& plan,
                                      const std::function<void(const HealthCheck&)>& show);

}  // namespace hakmem::cli
