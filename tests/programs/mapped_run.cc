// mapped_run.cc: runs a command and notes of each of its processes whether a library is mapped.
//
//   mapped_run LOG NAME COMMAND...
// Every process that the command starts is followed with ptrace and stopped once, as it ends: then
// one line "mapped PATH" or "absent PATH" (of its executable) is added to LOG, by whether its
// memory map holds NAME. It is "unasked PATH" instead if the process's environment does not ask for
// NAME, and "early PATH" if it was killed before the loader was done. Nothing is loaded into the
// programs for that. Ends as the command does, after all of its processes have ended. Linked
// statically, so that a preload does not touch it.
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

namespace {

constexpr long trace_options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
                               PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "mapped_run: %s: %s\n", what, std::strerror(errno));
  std::exit(125);
}

void* as_data(long value) { return reinterpret_cast<void*>(value); }

// Returns whether a file of /proc/<process>, lines or strings ended by 0, holds `name`.
bool holds(pid_t process, const char* file, const char* name) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/%s", process, file);
  std::ifstream stream(path, std::ios::binary);
  if (!stream) fail(path);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  return text.find(name) != std::string::npos;
}

void note_end(std::FILE* log, pid_t process, const char* name) {
  char link[64];
  std::snprintf(link, sizeof link, "/proc/%d/exe", process);
  char executable[1024] = {};
  if (readlink(link, executable, sizeof executable - 1) < 0) fail(link);
  const char* word = "mapped";
  if (!holds(process, "maps", name)) {
    if (!holds(process, "environ", name)) {
      word = "unasked";
    } else {
      word = holds(process, "maps", "/libc.so") ? "absent" : "early";
    }
  }
  std::fprintf(log, "%s %s\n", word, executable);
}

// Starts the command, which waits until it is followed.
pid_t start(char** command) {
  int gate[2];
  if (pipe2(gate, O_CLOEXEC) != 0) fail("pipe2");
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    char byte = 0;
    if (read(gate[0], &byte, 1) != 1) _exit(125);
    execvp(command[0], command);
    std::fprintf(stderr, "mapped_run: %s: %s\n", command[0], std::strerror(errno));
    _exit(127);
  }
  if (ptrace(PTRACE_SEIZE, child, nullptr, as_data(trace_options)) != 0) fail("PTRACE_SEIZE");
  if (write(gate[1], "", 1) != 1) fail("write");
  close(gate[0]);
  close(gate[1]);
  return child;
}

bool is_stop_signal(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

void handle_stop(std::FILE* log, const char* name, pid_t process, int status) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (event == PTRACE_EVENT_STOP && is_stop_signal(signal)) {
    ptrace(PTRACE_LISTEN, process, nullptr, nullptr);  // stopped by its user, and stays so
    return;
  }
  if (event == PTRACE_EVENT_EXIT) note_end(log, process, name);
  ptrace(PTRACE_CONT, process, nullptr, as_data(event == 0 ? signal : 0));
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4) {
    std::fputs("usage: mapped_run LOG NAME COMMAND...\n", stderr);
    return 125;
  }
  std::FILE* const log = std::fopen(arguments[1], "ae");
  if (log == nullptr) fail(arguments[1]);
  std::setvbuf(log, nullptr, _IOLBF, BUFSIZ);
  const pid_t command = start(arguments + 3);
  int command_status = 0;
  for (;;) {
    int status = 0;
    const pid_t process = waitpid(-1, &status, __WALL);
    if (process < 0 && errno == EINTR) continue;
    if (process < 0) break;  // none is left
    if (WIFSTOPPED(status)) {
      handle_stop(log, arguments[2], process, status);
    } else if (process == command) {
      command_status = status;
    }
  }
  std::fclose(log);
  return WIFSIGNALED(command_status) ? 128 + WTERMSIG(command_status) : WEXITSTATUS(command_status);
}
