// measure.cc: what is common to all kinds of subjects.
#include "measure/measure.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/wait.h>

#include "measure/child.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

std::string with_last_line(const std::string& what, const Child& child) {
  const std::string line = child.last_error_line();
  return line.empty() ? what : what + ": " + line;
}

Sample not_started(const std::string& reason) {
  Sample sample;
  sample.verdict = Verdict::not_started;
  sample.detail = reason;
  return sample;
}

Sample measure_kind(const Subject& subject, const Allocator& allocator, double timeout_seconds) {
  switch (subject.kind) {
    case SubjectKind::workload:
      return measure_workload(subject, allocator, timeout_seconds);
    case SubjectKind::program:
      return measure_program(subject, allocator, timeout_seconds);
    case SubjectKind::server:
      return measure_server(subject, allocator, timeout_seconds);
  }
  return {};
}

}  // namespace

Sample measure(const Subject& subject, const Allocator& allocator, double timeout_seconds) {
  if (!allocator.problem.empty()) return not_started(allocator.problem);
  if (!subject.problem.empty()) return not_started(subject.problem);
  try {
    return measure_kind(subject, allocator, timeout_seconds);
  } catch (const UserError& error) {
    return not_started(error.what());
  }
}

void judge_ending(const Child& child, Sample& sample, int expected_status) {
  const Ending& ending = child.ending();
  sample.seconds = ending.seconds;
  sample.cost = ending.seconds;
  sample.peak_rss_bytes = ending.peak_rss_bytes;
  if (sample.verdict != Verdict::ok) return;
  if (WIFSIGNALED(ending.wait_status)) {
    const int number = WTERMSIG(ending.wait_status);
    sample.verdict = Verdict::crashed;
    sample.detail =
        with_last_line(fmt::format("signal {} ({})", number, ::strsignal(number)), child);
    return;
  }
  const int status = WEXITSTATUS(ending.wait_status);
  sample.exit_status = status;
  if (status == expected_status) return;
  sample.verdict = Verdict::failed;
  sample.detail = with_last_line(fmt::format("exit status {}", status), child);
}

void judge_metric(const Child& child, const Subject& subject, Sample& sample) {
  if (!subject.metric || sample.verdict != Verdict::ok) return;
  const auto cost = cost_in(child.output() + "\n" + child.errors(), *subject.metric);
  if (cost) {
    sample.cost = *cost;
    return;
  }
  sample.verdict = Verdict::failed;
  sample.detail = "it printed no number above 0 that matches " + subject.metric->expression;
}

void judge_timeout(Child& child, double timeout_seconds, Sample& sample) {
  child.kill();
  sample.verdict = Verdict::timed_out;
  sample.detail = fmt::format("killed after {:g} s", timeout_seconds);
}

}  // namespace hakmem::cli
