// interrupting_preload.cc: interrupts who started the program, as Ctrl-C would, and never lets the
// program start.
#include <signal.h>
#include <unistd.h>

[[gnu::constructor]] static void interrupt_parent() {
  kill(getppid(), SIGINT);
  for (;;) pause();
}
