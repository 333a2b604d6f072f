// epoch_log.cc: appends lines to the log of a soak.
#include "soak/epoch_log.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>

#include "user_error.h"

namespace hakmem::cli {

EpochLog::EpochLog(const std::filesystem::path& result) {
  if (result.empty()) return;
  path_ = result.string() + ".epochs";
  std::error_code error;
  if (std::filesystem::exists(path_, error)) {
    throw UserError(path_.string() +
                    ": the seconds of a soak that was cut off; move it away or remove it");
  }
  file_.open(path_);
  if (!file_) {
    throw UserError(fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)));
  }
}

void EpochLog::begin(const std::string& allocator) {
  // Who was killed may have left half a line.
  append(in_line_ ? "\n" : "");
  append(nlohmann::json{{"allocator", allocator}}.dump() + "\n");
}

void EpochLog::append(std::string_view text) {
  if (text.empty() || !file_.is_open() || !failure_.empty()) return;
  in_line_ = text.back() != '\n';
  if (file_ << text << std::flush) return;
  failure_ = fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno));
}

void EpochLog::remove() {
  if (path_.empty()) return;
  file_.close();
  std::error_code error;
  std::filesystem::remove(path_, error);
}

}  // namespace hakmem::cli
