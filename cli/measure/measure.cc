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

Sample measure_kind(const Subject& subject, const Allocator& allocator, double timeout_seconds) {
  switch (subject.kind) {
    case SubjectKind::workload:
      return measure_workload(subject, allocator, timeout_seconds);
    case SubjectKind::program:
      return measure_program(subject, allocator, timeout_seconds);
    case SubjectKind::redis:
      return measure_redis(subject, allocator, timeout_seconds);
  }
  return {};
}

}  // namespace

Sample measure(const Subject& subject, const Allocator& allocator, double timeout_seconds) {
  try {
    return measure_kind(subject, allocator, timeout_seconds);
  } catch (const UserError& error) {
    Sample sample;
    sample.verdict = Verdict::not_started;
    sample.detail = error.what();
    return sample;
  }
}

void judge_ending(const Child& child, Sample& sample) {
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
  if (status == 0) return;
  sample.verdict = Verdict::failed;
  sample.detail = with_last_line(fmt::format("exit status {}", status), child);
}

void judge_timeout(Child& child, double timeout_seconds, Sample& sample) {
  child.kill();
  sample.verdict = Verdict::timed_out;
  sample.detail = fmt::format("killed after {:g} s", timeout_seconds);
}

}  // namespace hakmem::cli
