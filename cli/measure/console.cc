// console.cc: console.h.
#include "measure/console.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "user_error.h"

namespace hakmem::cli {

namespace {

bool is_report_lost = false;

// Returns 0, or errno.
int write_out(std::FILE* file, std::string_view text) {
  errno = 0;
  const bool done =
      std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
  return done ? 0 : errno;
}

}  // namespace

void show(std::string_view text) {
  const int error = write_out(stdout, text);
  if (error == 0) return;
  lead_nowhere(STDOUT_FILENO);
  std::clearerr(stdout);
  if (error == EPIPE) return;
  is_report_lost = true;
  tell(std::string("cannot write standard output: ") + std::strerror(error) + "\n");
}

void tell(std::string_view text) {
  if (write_out(stderr, text) != 0) lead_nowhere(STDERR_FILENO);
}

int status_of_shown(int status) { return status == 0 && is_report_lost ? exit_usage : status; }

void lead_nowhere(int output) {
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  ::dup2(nowhere, output);
  ::close(nowhere);
}

void open_standard_descriptors() {
  int nowhere = 0;
  do {
    nowhere = ::open("/dev/null", O_RDWR);
  } while (nowhere >= 0 && nowhere <= STDERR_FILENO);
  if (nowhere >= 0) ::close(nowhere);
}

}  // namespace hakmem::cli
