// run_conditions.cc: run_conditions.h.
#include "measure/run_conditions.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "measure/affinity.h"
#include "measure/console.h"
#include "measure/tuning_environment.h"

namespace hakmem::cli {

nlohmann::ordered_json run_conditions() {
  return {{"processors", usable_processors()},
          {"environment", nlohmann::ordered_json(tuning_environment())}};
}

void tell_tuning() {
  for (const auto& [name, value] : tuning_environment()) {
    tell(fmt::format("{}={} is set: it reaches every run\n", name, value));
  }
}

}  // namespace hakmem::cli
