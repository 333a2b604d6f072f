// named_result.h: a result document and the file that it was read from.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace hakmem::cli {

struct NamedResult {
  std::string file;
  nlohmann::ordered_json document;
};

}  // namespace hakmem::cli
