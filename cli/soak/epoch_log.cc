// epoch_log.cc: appends lines to the log of a soak.
#include "soak/epoch_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

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
  // One that could not be written at all holds nothing.
  if (std::filesystem::exists(path_, error) && !std::filesystem::is_empty(path_, error)) {
    throw UserError(path_.string() +
                    ": the seconds of a soak that was cut off; move it away or remove it");
  }
}

void EpochLog::begin(const std::string& allocator) {
  head_ = nlohmann::json{{"allocator", allocator}}.dump() + "\n";
}

void EpochLog::append(std::string_view text) {
  if (text.empty() || path_.empty() || !failure_.empty()) return;
  // Who was killed may have left half a line.
  std::string whole = in_line_ && !head_.empty() ? "\n" + head_ : head_;
  whole += text;
  head_.clear();
  in_line_ = text.back() != '\n';
  if (write(whole)) return;
  failure_ = fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno));
}

bool EpochLog::write(std::string_view text) {
  if (!file_.is_open()) {
    // No program that is measured inherits it.
    file_ = FileDescriptor(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666));
    if (!file_.is_open()) return false;
  }
  while (!text.empty()) {
    const ssize_t count = ::write(file_.get(), text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void EpochLog::remove() {
  if (!file_.is_open()) return;
  file_.close();
  std::error_code error;
  std::filesystem::remove(path_, error);
}

}  // namespace hakmem::cli
