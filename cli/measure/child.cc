// child.cc: starts, waits for and measures a child process.
#include "measure/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>

#include "launch/preload.h"
#include "measure/interrupt.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

std::string name_of(const std::string& assignment) {
  return assignment.substr(0, assignment.find('='));
}

// Returns our environment with the child's changes; nothing else is preloaded.
std::vector<std::string> child_environment(const ChildSpec& spec) {
  std::vector<std::string> changes = spec.environment;
  changes.push_back("LD_PRELOAD=" + (spec.preload.empty() ? "" : preload_value(spec.preload, "")));
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    bool replaced = false;
    for (const std::string& change : changes) replaced |= name_of(change) == name_of(*entry);
    if (!replaced) result.emplace_back(*entry);
  }
  result.insert(result.end(), changes.begin(), changes.end());
  return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

FileDescriptor checked(int number, const char* what) {
  if (number < 0) throw UserError(std::string(what) + ": " + std::strerror(errno));
  return FileDescriptor(number);
}

FileDescriptor output_file(bool keep) {
  return keep ? checked(::memfd_create("output", MFD_CLOEXEC), "memfd_create")
              : checked(::open("/dev/null", O_WRONLY | O_CLOEXEC), "/dev/null");
}

std::string content_of(const FileDescriptor& file, std::size_t from = 0) {
  const off_t bytes = ::lseek(file.get(), 0, SEEK_END) - static_cast<off_t>(from);
  std::string text(bytes > 0 ? static_cast<std::size_t>(bytes) : 0, '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count =
        ::pread(file.get(), &text[done], text.size() - done, static_cast<off_t>(from + done));
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  text.resize(done);
  return text;
}

// In the child: becomes the program, or writes errno to `failure` and ends.
[[noreturn]] void become(const std::vector<char*>& arguments, const std::vector<char*>& environment,
                         int output, int errors, int failure, pid_t parent) {
  ::setpgid(0, 0);
  ::sigprocmask(SIG_SETMASK, &mask_for_children(), nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int input = ::open("/dev/null", O_RDONLY);
  if (::getppid() == parent && input >= 0 && ::dup2(input, STDIN_FILENO) >= 0 &&
      ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(errors, STDERR_FILENO) >= 0) {
    ::execve(arguments[0], arguments.data(), environment.data());
  }
  const int error = errno;
  const ssize_t written = ::write(failure, &error, sizeof(error));
  ::_exit(written == sizeof(error) ? exit_cannot_start : exit_not_found);
}

}  // namespace

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Child::Child(const ChildSpec& spec)
    : output_(output_file(spec.keep_output)), errors_(output_file(true)) {
  std::vector<std::string> words = spec.command;
  std::vector<std::string> variables = child_environment(spec);
  const std::vector<char*> arguments = pointers_to(words);
  const std::vector<char*> environment = pointers_to(variables);
  // The write end closes by itself when exec succeeds: reading then gives the end of the file.
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw UserError(std::string("pipe: ") + std::strerror(errno));
  const FileDescriptor failure_read(ends[0]);
  FileDescriptor failure_write(ends[1]);

  const pid_t parent = ::getpid();
  start_seconds_ = now_seconds();
  pid_ = ::fork();
  if (pid_ < 0) throw UserError(std::string("fork: ") + std::strerror(errno));
  if (pid_ == 0) {
    become(arguments, environment, output_.get(), errors_.get(), failure_write.get(), parent);
  }
  failure_write.close();
  ::setpgid(pid_, pid_);
  int error = 0;
  if (::read(failure_read.get(), &error, sizeof(error)) == sizeof(error)) {
    collect();
    throw UserError(spec.command.front() + ": " + std::strerror(error), exit_cannot_start);
  }
  handle_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (!handle_.is_open()) {
    const std::string reason = std::strerror(errno);
    kill();
    throw UserError("pidfd_open: " + reason);
  }
}

Child::~Child() {
  if (pid_ > 0 && !ended_) kill();
}

double Child::age() const { return now_seconds() - start_seconds_; }

bool Child::wait(double seconds) {
  if (ended_) return true;
  const double deadline = now_seconds() + seconds;
  for (;;) {
    const double left = deadline - now_seconds();
    const double whole = std::floor(left > 0 ? left : 0);
    timespec limit = {};
    limit.tv_sec = static_cast<time_t>(whole);
    limit.tv_nsec = left > 0 ? static_cast<long>((left - whole) * 1e9) : 0;
    pollfd end = {handle_.get(), POLLIN, 0};
    const int count = ::ppoll(&end, 1, &limit, &mask_for_children());
    if (count > 0) {
      ending_.seconds = age();
      collect();
      return true;
    }
    if (count == 0 || (errno == EINTR && interrupted() != 0)) return false;
    if (errno != EINTR) throw UserError(std::string("poll: ") + std::strerror(errno));
  }
}

void Child::collect() {
  rusage usage = {};
  while (::wait4(pid_, &ending_.wait_status, 0, &usage) < 0 && errno == EINTR) {
  }
  ended_ = true;
  ending_.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  // What the child started and did not wait for must not disturb the next sample.
  ::kill(-pid_, SIGKILL);
}

void Child::terminate() const {
  if (!ended_) ::kill(-pid_, SIGTERM);
}

void Child::kill() {
  if (ended_) return;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
  collect();
}

std::string Child::output(std::size_t from) const { return content_of(output_, from); }

std::string Child::errors() const { return content_of(errors_); }

std::string Child::last_error_line() const {
  std::string text = errors();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const std::size_t start = text.rfind('\n');
  return start == std::string::npos ? text : text.substr(start + 1);
}

}  // namespace hakmem::cli
