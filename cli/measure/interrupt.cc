// interrupt.cc: interrupt.h.
#include "measure/interrupt.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iterator>

#include "measure/console.h"

namespace hakmem::cli {

namespace {

constexpr int noted_signals[] = {SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t noted = 0;
sigset_t outer_mask = {};   // empty unless a guard lives
bool ignores_pipe = false;  // because a guard does
bool was_terminal[3] = {};

// What would be written to a terminal that is gone goes nowhere: it must not fail before the
// results are written. May be called in a signal handler.
void leave_lost_terminal() {
  for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
    if (was_terminal[output] && ::isatty(output) == 0) lead_nowhere(output);
  }
}

void note(int signal) {
  const int error = errno;
  noted = signal;
  if (signal == SIGHUP) leave_lost_terminal();
  errno = error;
}

// nohup has it ignored: then it stays so.
bool is_left_alone(int signal, const struct sigaction& before) {
  return signal == SIGHUP && before.sa_handler == SIG_IGN;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  static_assert(std::size(noted_signals) == std::tuple_size<decltype(before_)>());
  noted = 0;
  for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
    was_terminal[output] = ::isatty(output) == 1;
  }
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : noted_signals) sigaddset(&signals, signal);
  sigprocmask(SIG_BLOCK, &signals, &mask_before_);
  outer_mask = mask_before_;
  for (std::size_t i = 0; i < before_.size(); ++i) {
    struct sigaction action = {};
    action.sa_handler = note;
    sigaction(noted_signals[i], nullptr, &before_[i]);
    if (!is_left_alone(noted_signals[i], before_[i])) sigaction(noted_signals[i], &action, nullptr);
  }
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &pipe_before_);
  ignores_pipe = pipe_before_.sa_handler != SIG_IGN;
}

InterruptGuard::~InterruptGuard() {
  // What was reported must be out before a further signal can end us. What nobody reads must not
  // be tried again when SIGPIPE kills.
  if (std::fflush(stdout) != 0) lead_nowhere(STDOUT_FILENO);
  sigaction(SIGPIPE, &pipe_before_, nullptr);
  ignores_pipe = false;
  for (std::size_t i = 0; i < before_.size(); ++i) {
    // What is ignored is forgotten: a second signal that waits must not end us before the report.
    struct sigaction forget = {};
    forget.sa_handler = SIG_IGN;
    sigaction(noted_signals[i], &forget, nullptr);
    sigaction(noted_signals[i], &before_[i], nullptr);
  }
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

int interrupted() { return noted; }

const sigset_t& mask_for_children() { return outer_mask; }

void restore_inherited_signals() {
  if (ignores_pipe) {
    struct sigaction usual = {};
    usual.sa_handler = SIG_DFL;
    sigaction(SIGPIPE, &usual, nullptr);
  }
  sigprocmask(SIG_SETMASK, &outer_mask, nullptr);
}

}  // namespace hakmem::cli
