// spawn_test.cc: vfork, posix_spawn, system and popen while four threads allocate and free.
//
// A vfork child shares the parent's memory until it calls exec, so nothing that the library does
// for fork may happen there; the programs started inherit the preload and must run under it.
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "support.h"

namespace {

using process_test::ExchangeTable;
using process_test::library;
using process_test::Random;
using process_test::require;

constexpr int thread_count = 4;
constexpr int round_count = 50;

ExchangeTable table;
std::atomic<bool> stopping;

void* hammer(void* seed) {
  Random random(reinterpret_cast<std::uintptr_t>(seed));
  while (!stopping.load(std::memory_order_relaxed)) table.replace_one(random);
  return nullptr;
}

void wait_for(pid_t child, int expected_status, const char* what) {
  int status = 0;
  require(waitpid(child, &status, 0) == child, "%s: waitpid: %s", what, std::strerror(errno));
  require(WIFEXITED(status) && WEXITSTATUS(status) == expected_status, "%s: status %#x", what,
          static_cast<unsigned>(status));
}

void try_vfork() {
  char program[] = "/bin/sh";
  char flag[] = "-c";
  char script[] = "exit 7";
  char* const arguments[] = {program, flag, script, nullptr};
  const pid_t child = vfork();
  if (child == 0) {
    execve(program, arguments, environ);
    _exit(127);
  }
  require(child > 0, "vfork: %s", std::strerror(errno));
  wait_for(child, 7, "vfork");
}

void try_posix_spawn() {
  int ends[2];
  require(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  char program[] = "sh";
  char flag[] = "-c";
  char script[] = "grep -c -m1 libhakmem /proc/self/maps";
  char* const arguments[] = {program, flag, script, nullptr};
  pid_t child = 0;
  require(posix_spawnp(&child, program, &actions, nullptr, arguments, environ) == 0, "posix_spawn");
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  char text[16] = {};
  require(read(ends[0], text, sizeof text - 1) > 0, "no output from a spawned program");
  close(ends[0]);
  wait_for(child, 0, "posix_spawn");
  require(std::strcmp(text, "1\n") == 0, "the spawned program ran without libhakmem: %s", text);
}

void try_popen() {
  std::FILE* const pipe = popen("echo through a pipe", "re");
  require(pipe != nullptr, "popen");
  char text[64] = {};
  require(std::fgets(text, sizeof text, pipe) != nullptr, "no output through popen");
  require(pclose(pipe) == 0, "pclose");
  require(std::strcmp(text, "through a pipe\n") == 0, "popen read: %s", text);
}

}  // namespace

int main() {
  process_test::start_watchdog(120);
  pthread_t threads[thread_count];
  for (int i = 0; i < thread_count; ++i) {
    void* const seed = reinterpret_cast<void*>(std::uintptr_t(i) + 1);
    require(pthread_create(&threads[i], nullptr, hammer, seed) == 0, "pthread_create");
  }
  for (int i = 0; i < round_count; ++i) {
    try_vfork();
    try_posix_spawn();
    try_popen();
    const int status = std::system("exit 3");
    require(WIFEXITED(status) && WEXITSTATUS(status) == 3, "system: status %#x",
            static_cast<unsigned>(status));
  }
  stopping = true;
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
  table.drain();
  require(library().check_invariants() == 0, "violations after spawning");
  std::printf("rounds=%d\n", round_count);
  return 0;
}
