// user_error.h: what the user can put right. main prints the message and ends with the status;
// nothing below it prints errors by itself.
#pragma once

#include <stdexcept>
#include <string>

namespace hakmem::cli {

// Exit statuses of the command (cli/README.md); those of `run` are the shell's.
inline constexpr int exit_failed_samples = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_unexpected = 70;  // EX_SOFTWARE of sysexits.h
inline constexpr int exit_cannot_start = 126;
inline constexpr int exit_not_found = 127;

class UserError : public std::runtime_error {
 public:
  explicit UserError(const std::string& message, int status = exit_usage)
      : std::runtime_error(message), status_(status) {}

  [[nodiscard]] int status() const { return status_; }

 private:
  int status_;
};

}  // namespace hakmem::cli
