// interrupt.h: Ctrl-C ends the measuring, not what was measured.
//
// While a guard lives, SIGINT, SIGTERM and SIGHUP (the terminal was closed) are let in only where a
// child is waited for, so none is missed between two looks, and noted. Further ones change nothing:
// some send them twice. SIGHUP stays ignored if it was, as under nohup. SIGPIPE is ignored: who
// reads what we print may go; Ctrl-C ends `| tee` as well.
//
// A command holds one until what was measured is written and shown.
#pragma once

#include <array>
#include <csignal>

namespace hakmem::cli {

class InterruptGuard {
 public:
  InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard();

 private:
  sigset_t mask_before_ = {};
  std::array<struct sigaction, 3> before_ = {};
  struct sigaction pipe_before_ = {};
};

// The signal that was noted, or 0.
int interrupted();

// The signal mask that children get and that is in force while one is waited for.
const sigset_t& mask_for_children();

// In a child that is about to become another program: gives back what exec would hand on, the mask
// and whether SIGPIPE is ignored, as both were before the guard.
void restore_inherited_signals();

}  // namespace hakmem::cli
