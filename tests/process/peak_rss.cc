// peak_rss.cc: prints the peak resident KiB of a command run with a given LD_PRELOAD ("" for none).
//
// Linked statically: ru_maxrss of a program counts the process it was started from too, so that
// process must be smaller than anything it measures.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int count, char** arguments) {
  if (count < 3) return 2;
  const pid_t child = vfork();
  if (child == 0) {
    if (arguments[1][0] != 0) setenv("LD_PRELOAD", arguments[1], 1);
    execv(arguments[2], arguments + 2);
    _exit(127);
  }
  int status = 0;
  rusage usage = {};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) return 1;
  std::printf("%ld\n", usage.ru_maxrss);
  return 0;
}
