// interrupt.h: Ctrl-C ends the measuring, not what was measured.
//
// While a guard lives, SIGINT, SIGTERM and SIGHUP (the terminal was closed) are let in only where a
// child is waited for, so none is missed between two looks, and noted. Further ones change nothing:
// some send them twice. SIGHUP stays ignored if it was, as under nohup.
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
};

// The signal that was noted, or 0.
int interrupted();

// The signal mask that children get and that is in force while one is waited for.
const sigset_t& mask_for_children();

}  // namespace hakmem::cli
