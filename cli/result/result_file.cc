// result_file.cc: writes and reads result documents.
#include "result/result_file.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>

#include "hakmem.h"
#include "result/machine.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

[[noreturn]] void cannot_write(const fs::path& path, int error) {
  throw UserError(fmt::format("cannot write {}: {}", path.string(), std::strerror(error)));
}

// Writes `text` to a new file beside `path` and returns its name.
fs::path write_beside(const fs::path& path, const std::string& text) {
  std::string name = path.string() + ".XXXXXX";
  const int file = ::mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) cannot_write(path, errno);
  std::size_t done = 0;
  int error = 0;
  while (done < text.size() && error == 0) {
    const ssize_t count = ::write(file, text.data() + done, text.size() - done);
    if (count >= 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  // mkostemp lets nobody else read; a result is a file like others.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (error == 0 && ::fchmod(file, 0666 & ~mask) != 0) error = errno;
  if (::close(file) != 0 && error == 0) error = errno;
  if (error != 0) {
    ::unlink(name.c_str());
    cannot_write(path, error);
  }
  return name;
}

std::string utc_text(std::time_t time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
}

const std::time_t command_started = std::time(nullptr);

}  // namespace

Json new_result(const std::string& kind) {
  return {
      {"schema", result_schema},
      {"kind", kind},
      {"hakmem",
       fmt::format("{}.{}.{}", HAKMEM_VERSION_MAJOR, HAKMEM_VERSION_MINOR, HAKMEM_VERSION_PATCH)},
      {"started", utc_text(command_started)},
      {"written", nullptr},
      {"machine", describe_machine()},
  };
}

void require_writable(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) cannot_write(path, EISDIR);
  const fs::path probe = write_beside(path, "");
  fs::remove(probe, error);
}

void require_new(const fs::path& path, const std::string& remedy) {
  std::error_code error;
  if (fs::is_regular_file(path, error)) {
    throw UserError(fmt::format("{} is there already; {}", path.string(), remedy));
  }
  require_writable(path);
}

void write_whole(const fs::path& path, const std::string& text) {
  const fs::path beside = write_beside(path, text);
  if (::rename(beside.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(beside.c_str());
    cannot_write(path, error);
  }
}

void write_json(const fs::path& path, const Json& document) {
  // What a program printed may be in it, and that may be no UTF-8.
  write_whole(path, document.dump(1, '\t', false, Json::error_handler_t::replace) + "\n");
}

void write_result(const fs::path& path, Json result) {
  result["written"] = utc_text(std::time(nullptr));
  write_json(path, result);
}

Json read_result(const fs::path& path) {
  std::ifstream file(path);
  if (!file)
    throw UserError(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
  const Json result = Json::parse(file, nullptr, /*allow_exceptions=*/false);
  if (file.bad()) throw UserError("cannot read " + path.string());
  if (result.is_discarded()) {
    throw UserError(path.string() + ": not a whole JSON document; was it cut short?");
  }
  const bool has_schema =
      result.is_object() && result.contains("schema") && result["schema"].is_string();
  const std::string schema = has_schema ? result["schema"].get<std::string>() : "unknown";
  if (schema != result_schema) {
    throw UserError(
        fmt::format("{}: schema {}; this version reads {}", path.string(), schema, result_schema));
  }
  return result;
}

}  // namespace hakmem::cli
