// tuning_environment.cc: picks variables by the beginning of their names.
#include "measure/tuning_environment.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace hakmem::cli {

namespace {

// glibc has two ways to be tuned, jemalloc reads MALLOC_CONF.
constexpr const char* prefixes[] = {"HAKMEM_",   "MALLOC_",   "GLIBC_TUNABLES",
                                    "MIMALLOC_", "TCMALLOC_", "SNMALLOC_",
                                    "RPMALLOC_", "JEMALLOC_", "LD_"};

bool is_tuning(const std::string& name) {
  return name != "LD_PRELOAD" &&
         std::any_of(std::begin(prefixes), std::end(prefixes),
                     [&name](const char* prefix) { return name.rfind(prefix, 0) == 0; });
}

}  // namespace

std::map<std::string, std::string> tuning_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) continue;
    const std::string name = text.substr(0, equals);
    if (is_tuning(name)) variables.emplace(name, text.substr(equals + 1));
  }
  return variables;
}

}  // namespace hakmem::cli
