// child.cc: starts, waits for and measures a child process, through the launcher.
#include "measure/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "launch/installation.h"
#include "launch/preload.h"
#include "launcher/launcher_report.h"
#include "measure/interrupt.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

std::string name_of(const std::string& assignment) {
  return assignment.substr(0, assignment.find('='));
}

std::string preload_of(const ChildSpec& spec) {
  return spec.preload.empty() ? "" : preload_value(spec.preload, "");
}

// Returns our environment with the child's changes; into the launcher nothing is preloaded.
std::vector<std::string> child_environment(const ChildSpec& spec) {
  std::vector<std::string> changes = spec.environment;
  changes.emplace_back("LD_PRELOAD=");
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

FileDescriptor nameless_file() {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
  if (error) throw UserError("no folder for temporary files: " + error.message() + "; set TMPDIR");
  std::string name = folder / "hakmem-output-XXXXXX";
  FileDescriptor file = checked(::mkostemp(name.data(), O_CLOEXEC), name.c_str());
  ::unlink(name.c_str());
  return file;
}

FileDescriptor output_file(bool keep) {
  return keep ? nameless_file() : checked(::open("/dev/null", O_WRONLY | O_CLOEXEC), "/dev/null");
}

std::size_t size_of(const FileDescriptor& file) {
  struct stat status = {};
  return ::fstat(file.get(), &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
}

std::string content_of(const FileDescriptor& file, std::size_t from = 0) {
  const std::size_t bytes = size_of(file);
  std::string text(bytes > from ? bytes - from : 0, '\0');
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

std::string end_of(const FileDescriptor& file, std::size_t most_bytes) {
  const std::size_t bytes = size_of(file);
  return content_of(file, bytes > most_bytes ? bytes - most_bytes : 0);
}

// In the child: becomes the launcher, or writes why not and ends.
[[noreturn]] void become_launcher(const std::vector<char*>& arguments,
                                  const std::vector<char*>& environment, int output, int errors,
                                  int report, pid_t parent) {
  ::setpgid(0, 0);  // Ctrl-C is for us
  restore_inherited_signals();
  ::prctl(PR_SET_PDEATHSIG, signal_kill);
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (::getppid() == parent && input >= 0 && ::dup2(input, STDIN_FILENO) >= 0 &&
      ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(errors, STDERR_FILENO) >= 0 &&
      ::fcntl(report, F_SETFD, 0) == 0) {
    ::execve(arguments[0], arguments.data(), environment.data());
  }
  Started started;
  started.error = errno;
  started.launched = false;
  const ssize_t written = ::write(report, &started, sizeof(started));
  ::_exit(written == sizeof(started) ? exit_cannot_start : exit_not_found);
}

// Reads one of the launcher's messages; returns false where none will come any more.
template <class Message>
bool receive(const FileDescriptor& report, Message& message) {
  for (;;) {
    const ssize_t count = ::read(report.get(), &message, sizeof(message));
    if (count >= 0 || errno != EINTR) return count == sizeof(message);
  }
}

}  // namespace

double now_seconds() { return launcher_clock(); }

// It starts itself: any other program may be missing.
void require_launcher() {
  constexpr double long_seconds = 60;
  Child child({{find_helper("launcher/launcher").string()}, {}, {}, false});
  child.wait(long_seconds);
}

Child::Child(const ChildSpec& spec)
    : output_(output_file(spec.keep_output)), errors_(output_file(true)) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw UserError(std::string("pipe: ") + std::strerror(errno));
  report_ = FileDescriptor(ends[0]);
  FileDescriptor report_write(ends[1]);
  std::vector<std::string> words = {find_helper("launcher/launcher"),
                                    std::to_string(report_write.get()), preload_of(spec)};
  words.insert(words.end(), spec.command.begin(), spec.command.end());
  std::vector<std::string> variables = child_environment(spec);
  const std::vector<char*> arguments = pointers_to(words);
  const std::vector<char*> environment = pointers_to(variables);

  const pid_t parent = ::getpid();
  launcher_ = ::fork();
  if (launcher_ < 0) throw UserError(std::string("fork: ") + std::strerror(errno));
  if (launcher_ == 0) {
    become_launcher(arguments, environment, output_.get(), errors_.get(), report_write.get(),
                    parent);
  }
  report_write.close();
  Started started;
  const bool received = receive(report_, started);
  if (!received || started.error != 0) {
    collect();
    throw UserError((started.launched ? spec.command.front() : words.front()) + ": " +
                        (received ? std::strerror(started.error) : "its launcher has died"),
                    exit_cannot_start);
  }
  pid_ = started.program;
  start_seconds_ = started.start_seconds;
}

Child::~Child() {
  if (!ended_) kill();
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
    pollfd end = {report_.get(), POLLIN, 0};
    const int count = ::ppoll(&end, 1, &limit, &mask_for_children());
    if (count > 0) {
      collect();
      return true;
    }
    if (count == 0 || (errno == EINTR && interrupted() != 0)) return false;
    if (errno != EINTR) throw UserError(std::string("poll: ") + std::strerror(errno));
  }
}

void Child::collect() {
  Ended ended;
  if (receive(report_, ended)) {
    ending_ = {ended.wait_status, ended.end_seconds - start_seconds_, ended.peak_rss_bytes};
  } else {
    // The launcher has been killed, and with it the program; what else there is of its group
    // follows.
    ending_ = {SIGKILL, age(), 0};
    if (pid_ > 0) ::kill(-pid_, SIGKILL);
  }
  while (::waitpid(launcher_, nullptr, 0) < 0 && errno == EINTR) {
  }
  ended_ = true;
}

void Child::terminate() const {
  if (!ended_) ::kill(launcher_, signal_ask_to_end);
}

void Child::kill() {
  if (ended_) return;
  ::kill(launcher_, signal_kill);
  collect();
}

std::string Child::output(std::size_t from) const { return content_of(output_, from); }

std::string Child::errors() const { return end_of(errors_, most_error_bytes); }

std::string Child::last_error_line() const {
  constexpr std::size_t last_line_bytes = std::size_t{64} << 10;
  std::string text = end_of(errors_, last_line_bytes);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const std::size_t start = text.rfind('\n');
  return start == std::string::npos ? text : text.substr(start + 1);
}

}  // namespace hakmem::cli
