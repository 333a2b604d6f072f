// linux_environment.cc: environment.h on Linux with glibc.
#include "os/environment.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "os/linux_syscall.h"

namespace hakmem::os {

namespace {

std::uint64_t time_of(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

const char* environment(const char* name) { return secure_getenv(name); }

std::uint64_t coarse_time() { return time_of(CLOCK_MONOTONIC_COARSE); }
std::uint64_t exact_time() { return time_of(CLOCK_MONOTONIC); }

void write_text(int descriptor, const char* text, std::uint64_t length) {
  while (length != 0) {
    const long written =
        raw_syscall(SYS_write, descriptor, reinterpret_cast<long>(text), static_cast<long>(length));
    if (failed(written) || written == 0) return;
    text += written;
    length -= static_cast<std::uint64_t>(written);
  }
}

bool read_small_file(const char* path, char* buffer, std::uint64_t buffer_bytes) {
  const long file =
      raw_syscall(SYS_openat, AT_FDCWD, reinterpret_cast<long>(path), O_RDONLY | O_CLOEXEC, 0);
  if (failed(file)) return false;
  const long length = raw_syscall(SYS_read, file, reinterpret_cast<long>(buffer),
                                  static_cast<long>(buffer_bytes - 1));
  raw_syscall(SYS_close, file);
  if (failed(length)) return false;
  buffer[length] = 0;
  return true;
}

void abort_process() { abort(); }

void end_process(int status) { _exit(status); }

}  // namespace hakmem::os
