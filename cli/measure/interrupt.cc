// interrupt.cc: interrupt.h.
#include "measure/interrupt.h"

#include <cstdio>

namespace hakmem::cli {

namespace {

volatile std::sig_atomic_t noted = 0;
sigset_t outer_mask = {};  // empty unless a guard lives

void note(int signal) { noted = signal; }

}  // namespace

InterruptGuard::InterruptGuard() {
  noted = 0;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, &mask_before_);
  outer_mask = mask_before_;
  struct sigaction action = {};
  action.sa_handler = note;
  sigaction(SIGINT, &action, &on_interrupt_before_);
  sigaction(SIGTERM, &action, &on_terminate_before_);
}

InterruptGuard::~InterruptGuard() {
  // What was reported must be out before a further signal can end us.
  std::fflush(stdout);
  // What is ignored is forgotten: a second signal that waits must not end us before the report.
  struct sigaction forget = {};
  forget.sa_handler = SIG_IGN;
  sigaction(SIGINT, &forget, nullptr);
  sigaction(SIGTERM, &forget, nullptr);
  sigaction(SIGINT, &on_interrupt_before_, nullptr);
  sigaction(SIGTERM, &on_terminate_before_, nullptr);
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

int interrupted() { return noted; }

const sigset_t& mask_for_children() { return outer_mask; }

}  // namespace hakmem::cli
