// support.cc: the bodies of support.h. See there.
#include "support.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <thread>

namespace process_test {

namespace {

// The directories that exist, so that a failure removes them too.
std::vector<std::string> temporary_directories;

void remove_directories() {
  std::error_code ignored;
  for (const std::string& path : temporary_directories) {
    std::filesystem::remove_all(path, ignored);
  }
  temporary_directories.clear();
}

[[noreturn]] void fail_with(const Message& message, va_list arguments) {
  char text[1024];
  constexpr std::size_t room = sizeof text - 1;  // one byte is kept for the line's end
  int length = std::snprintf(text, room, "%s:%d: failed: ", message.file, message.line);
  length += std::vsnprintf(text + length, room - length, message.format, arguments);
  if (length > static_cast<int>(room) - 1) length = room - 1;
  text[length++] = '\n';
  static_cast<void>(!write(STDERR_FILENO, text, length));
  remove_directories();
  _exit(1);
}

}  // namespace

void fail(Message message, ...) {
  va_list arguments;
  va_start(arguments, message);
  fail_with(message, arguments);
}

void require(bool condition, Message message, ...) {
  if (condition) return;
  va_list arguments;
  va_start(arguments, message);
  fail_with(message, arguments);
}

namespace {

template <typename Function>
void look_up(Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
  if (function == nullptr) fail("%s not found: libhakmem not loaded", name);
}

Library load_library() {
  Library found;
  look_up(found.check_invariants, "hak_check_invariants");
  look_up(found.get_statistics, "hak_get_statistics");
  look_up(found.trim, "hak_trim");
  look_up(found.version, "hak_version");
  return found;
}

// Opens /proc/<pid or self>/<file> without allocating.
int open_process_file(int pid, const char* file) {
  char path[64];
  if (pid == 0) {
    std::snprintf(path, sizeof path, "/proc/self/%s", file);
  } else {
    std::snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
  }
  return open(path, O_RDONLY | O_CLOEXEC);
}

// Calls `line` with each line of a file of /proc, cut to 512 bytes.
template <typename Line>
void for_each_line(int pid, const char* file, Line line) {
  const int descriptor = open_process_file(pid, file);
  if (descriptor < 0) fail("cannot open %s: %s", file, std::strerror(errno));
  char chunk[4096];
  char text[512];
  std::size_t length = 0;
  for (ssize_t got; (got = read(descriptor, chunk, sizeof chunk)) > 0;) {
    for (ssize_t i = 0; i < got; ++i) {
      if (chunk[i] != '\n') {
        if (length < sizeof text - 1) text[length++] = chunk[i];
        continue;
      }
      text[length] = 0;
      line(text);
      length = 0;
    }
  }
  close(descriptor);
}

}  // namespace

const Library& library() {
  static const Library loaded = load_library();
  return loaded;
}

hak_statistics statistics() {
  hak_statistics snapshot = {};
  snapshot.size = sizeof snapshot;
  if (library().get_statistics(&snapshot) != 0) fail("hak_get_statistics");
  return snapshot;
}

std::size_t resident_bytes(int pid) {
  const int descriptor = open_process_file(pid, "statm");
  if (descriptor < 0) fail("cannot open statm: %s", std::strerror(errno));
  char text[128] = {};
  const ssize_t got = read(descriptor, text, sizeof text - 1);
  close(descriptor);
  std::size_t total_pages = 0;
  std::size_t resident_pages = 0;
  if (got <= 0 || std::sscanf(text, "%zu %zu", &total_pages, &resident_pages) != 2) {
    fail("cannot read statm");
  }
  return resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t mapping_count() {
  std::size_t count = 0;
  for_each_line(0, "maps", [&](const char*) { ++count; });
  return count;
}

bool is_mapped(const char* name, int pid) {
  bool found = false;
  for_each_line(pid, "maps",
                [&](const char* line) { found |= std::strstr(line, name) != nullptr; });
  return found;
}

std::int64_t now_ms() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

void sleep_ms(std::int64_t milliseconds) {
  const std::int64_t end = now_ms() + milliseconds;
  for (std::int64_t left = milliseconds; left > 0; left = end - now_ms()) {
    const timespec pause = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1'000'000};
    nanosleep(&pause, nullptr);  // a signal may end it early: the loop goes on
  }
}

void start_watchdog(unsigned seconds) {
  // A process of its own, so that it needs neither a signal nor a thread of the program.
  const pid_t watched = getpid();
  const pid_t watcher = fork();
  if (watcher < 0) fail("fork: %s", std::strerror(errno));
  if (watcher != 0) return;
  for (int descriptor = 0; descriptor < 256; ++descriptor) {
    if (descriptor != STDERR_FILENO) close(descriptor);
  }
  for (unsigned tenth = 0; tenth < seconds * 10; ++tenth) {
    sleep_ms(100);
    if (getppid() != watched) _exit(0);
  }
  constexpr char text[] = "failed: the watchdog's time is up\n";
  static_cast<void>(!write(STDERR_FILENO, text, sizeof text - 1));
  kill(watched, SIGKILL);
  _exit(0);
}

std::size_t Random::size() {
  switch (below(32)) {
    case 0:
      return 16 + below(200 * 1024);
    case 1:
    case 2:
    case 3:
      return 16 + below(8 * 1024);
    default:
      return 16 + below(512);
  }
}

struct SealedBlock {
  std::uint32_t bytes;
  std::uint32_t seed;
  std::uint64_t check;
  // Further 8-byte words follow, each a function of the seed and its index.
};

namespace {

std::uint64_t word_of(std::uint32_t seed, std::size_t index) {
  return (std::uint64_t{seed} << 32 | index) * 0x9E3779B97F4A7C15u;
}

std::uint64_t* words_of(SealedBlock* block) { return reinterpret_cast<std::uint64_t*>(block + 1); }

const std::uint64_t* words_of(const SealedBlock* block) {
  return reinterpret_cast<const std::uint64_t*>(block + 1);
}

std::size_t word_count(std::size_t bytes) {
  return (bytes - sizeof(SealedBlock)) / sizeof(std::uint64_t);
}

}  // namespace

SealedBlock* seal_new(std::size_t bytes, std::uint32_t seed) {
  if (bytes < sizeof(SealedBlock)) bytes = sizeof(SealedBlock);
  auto* const block = static_cast<SealedBlock*>(std::malloc(bytes));
  require(block != nullptr, "malloc(%zu)", bytes);
  block->bytes = static_cast<std::uint32_t>(bytes);
  block->seed = seed;
  block->check = word_of(seed, bytes);
  for (std::size_t i = 0; i < word_count(bytes); ++i) words_of(block)[i] = word_of(seed, i);
  return block;
}

bool is_intact(const SealedBlock* block) {
  if (block->check != word_of(block->seed, block->bytes)) return false;
  for (std::size_t i = 0; i < word_count(block->bytes); ++i) {
    if (words_of(block)[i] != word_of(block->seed, i)) return false;
  }
  return true;
}

void verify_and_free(SealedBlock* block) {
  require(is_intact(block), "block %p was overwritten", static_cast<void*>(block));
  std::free(block);
}

void ExchangeTable::replace_one(Random& random) {
  SealedBlock* const fresh = seal_new(random.size(), static_cast<std::uint32_t>(random.next()));
  SealedBlock* const old = slots_[random.below(slot_count)].exchange(fresh);
  if (old != nullptr) verify_and_free(old);
}

std::size_t ExchangeTable::drain() {
  std::size_t count = 0;
  for (std::atomic<SealedBlock*>& slot : slots_) {
    SealedBlock* const block = slot.exchange(nullptr);
    if (block == nullptr) continue;
    verify_and_free(block);
    ++count;
  }
  return count;
}

namespace {

std::vector<std::string> environment_for(const std::vector<std::string>& extra) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (text.starts_with("LD_PRELOAD=") || text.starts_with("HAKMEM_")) continue;
    result.push_back(text);
  }
  result.insert(result.end(), extra.begin(), extra.end());
  return result;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

Outcome run(const std::vector<std::string>& command, const std::vector<std::string>& environment,
            const std::function<void()>& before_exec) {
  const std::vector<std::string> variables = environment_for(environment);
  const std::vector<char*> arguments = pointers_to(command);
  const std::vector<char*> entries = pointers_to(variables);
  int out[2];
  int err[2];
  require(pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0, "pipe2");
  const pid_t child = fork();
  require(child >= 0, "fork: %s", std::strerror(errno));
  if (child == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    setpgid(0, 0);
    before_exec();
    execvpe(arguments[0], arguments.data(), entries.data());
    std::perror(arguments[0]);
    _exit(127);
  }
  close(out[1]);
  close(err[1]);

  Outcome outcome = {};
  const std::int64_t deadline = now_ms() + 60'000;
  pollfd pending[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  std::string* const texts[2] = {&outcome.out, &outcome.err};
  while (pending[0].fd >= 0 || pending[1].fd >= 0) {
    const std::int64_t left = deadline - now_ms();
    if (left <= 0 || poll(pending, 2, static_cast<int>(left)) == 0) {
      kill(-child, SIGKILL);
      outcome.err += "\nkilled: its time is up";
      break;
    }
    for (int i = 0; i < 2; ++i) {
      if (pending[i].fd < 0 || pending[i].revents == 0) continue;
      char chunk[4096];
      const ssize_t got = read(pending[i].fd, chunk, sizeof chunk);
      if (got > 0) {
        texts[i]->append(chunk, static_cast<std::size_t>(got));
      } else {
        pending[i].fd = -1;
      }
    }
  }
  close(out[0]);
  close(err[0]);
  int status = 0;
  require(waitpid(child, &status, 0) == child, "waitpid: %s", std::strerror(errno));
  outcome.exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return outcome;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = std::filesystem::temp_directory_path() / "hakmem-process-XXXXXX";
  require(mkdtemp(pattern.data()) != nullptr, "mkdtemp: %s", std::strerror(errno));
  path_ = pattern;
  temporary_directories.push_back(path_);
}

TemporaryDirectory::~TemporaryDirectory() { remove_directories(); }

}  // namespace process_test
