// row_run.cc: the rounds of one row.
#include "compare/row_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "compare/probe.h"
#include "compare/rows.h"
#include "compare/summary.h"
#include "measure/child.h"
#include "measure/interrupt.h"
#include "measure/measure.h"

namespace hakmem::cli {

namespace {

// Waiting for memory to come back costs a second of idling each time, and the figure hardly varies:
// not every round does so.
constexpr double after_seconds = 1;

constexpr double least_timeout_seconds = 10;
constexpr double timeout_factor = 20;
constexpr double unknown_timeout_seconds = 120;

std::size_t width_of(const Plan& plan, const Row& row) {
  return plan.allocators.size() + (row.subject.has_floor ? 1 : 0);
}

bool asks_after(const Plan& plan, const Row& row, int round) {
  return plan.after && row.subject.kind == SubjectKind::workload && round % plan.after_every == 0;
}

double timeout_of(const Plan& plan, const Row& row) {
  if (plan.timeout_seconds > 0) return plan.timeout_seconds;
  if (row.expected_seconds <= 0) return std::min(unknown_timeout_seconds, trial_timeout(plan));
  return std::max(least_timeout_seconds, timeout_factor * row.expected_seconds);
}

// Whether it is asked after so many rounds if the row is decided.
bool is_look(const Plan& plan, int rounds) {
  int look = plan.rounds;
  while (look < rounds) look += std::max(2, look / 3);
  return look == rounds;
}

}  // namespace

int first_open_round(const Plan& plan, std::size_t row, const std::vector<Sample>& samples) {
  int last = -1;
  for (const Sample& sample : samples) {
    if (sample.subject == row) last = std::max(last, sample.round);
  }
  const std::size_t width = width_of(plan, plan.rows[row]);
  for (int round = 0; round <= last; ++round) {
    std::set<std::size_t> seen;
    for (const Sample& sample : samples) {
      const bool is_over = sample.verdict != Verdict::ok && sample.round < round;
      if (sample.subject == row && (is_over || sample.round == round)) {
        seen.insert(sample.allocator);
      }
    }
    if (seen.size() < width) return round;
  }
  return last + 1;
}

double round_seconds(const Plan& plan, const Row& row) {
  const bool after = plan.after && row.subject.kind == SubjectKind::workload;
  const double idle = after ? after_seconds / plan.after_every : 0;
  const double run = row.expected_seconds > 0 ? row.expected_seconds : plan.sample_seconds;
  return run * static_cast<double>(width_of(plan, row)) +
         idle * static_cast<double>(plan.allocators.size());
}

RowRun::RowRun(Plan& plan, std::size_t place, std::vector<Sample> kept, Progress& progress)
    : plan_(plan),
      row_(plan.rows[place]),
      place_(place),
      progress_(progress),
      samples_(std::move(kept)),
      next_round_(first_open_round(plan, place, samples_)) {
  for (const Sample& sample : samples_) {
    if (sample.verdict != Verdict::ok) failed_.insert(sample.allocator);
  }
  if (next_round_ > 0) longest_round_ = round_seconds(plan, row_);
}

RowEnd RowRun::run(double deadline) {
  if (next_round_ == 0) {
    if (!run_round()) return RowEnd::interrupted;
    learn_from_warm_up();
  }
  for (bool is_first = true; next_round_ <= plan_.rounds; is_first = false) {
    if (!is_first && !has_time(deadline)) return RowEnd::cut_short;
    if (!run_timed_round()) return RowEnd::interrupted;
  }
  return RowEnd::whole;
}

bool RowRun::go_on(double deadline) {
  while (may_go_on() && has_time(deadline)) {
    if (!run_timed_round()) return false;
  }
  return true;
}

bool RowRun::may_go_on() const {
  const bool has_its_rounds = next_round_ > plan_.rounds;  // not where all have failed
  if (!has_its_rounds || next_round_ > plan_.most_rounds) return false;
  return !is_look(plan_, next_round_ - 1) || !is_decided(plan_, place_, samples_);
}

double RowRun::most_seconds_left() const {
  return longest_round_ * (plan_.most_rounds - next_round_ + 1);
}

std::string RowRun::name_of(std::size_t place) const {
  return place == plan_.floor() ? "floor" : plan_.allocators[place].name;
}

std::string RowRun::name_of_round(int round) const {
  if (round == 0) return "warm-up";
  return fmt::format("round {} of {}", round,
                     round <= plan_.rounds ? plan_.rounds : plan_.most_rounds);
}

bool RowRun::has_time(double deadline) const {
  return deadline <= 0 || now_seconds() + longest_round_ <= deadline;
}

bool RowRun::run_timed_round() {
  const double start = now_seconds();
  if (!run_round()) return false;
  longest_round_ = std::max(longest_round_, now_seconds() - start);
  return true;
}

// Returns false if it was interrupted.
bool RowRun::run_round() {
  const bool is_whole = run_allocators(next_round_);
  judge_outputs(plan_, samples_);
  note_failures(next_round_);
  if (is_whole) ++next_round_;
  return is_whole;
}

bool RowRun::run_allocators(int round) {
  const std::string name = name_of_round(round);
  for (const std::size_t allocator : rotation(width_of(plan_, row_), round)) {
    if (failed_.count(allocator) != 0) continue;
    progress_.show(fmt::format("{}: {}", row_.subject.name, name), name_of(allocator));
    const double start = now_seconds();
    Sample sample = measure_one(allocator, round);
    if (interrupted() != 0) {
      progress_.note(fmt::format("interrupted in {} of {}: what follows was measured before", name,
                                 row_.subject.name));
      return false;
    }
    sample.subject = place_;
    sample.allocator = allocator;
    sample.round = round;
    const double seconds = now_seconds() - start;
    progress_.advance(seconds);
    if (sample.verdict == Verdict::ok) {
      const bool idled = allocator != plan_.floor() && asks_after(plan_, row_, round);
      good_seconds_ += seconds - (idled ? after_seconds : 0);
      ++good_runs_;
    }
    samples_.push_back(std::move(sample));
    note_failures(round);
  }
  return true;
}

void RowRun::note_failures(int round) {
  for (const Sample& sample : samples_) {
    if (sample.verdict == Verdict::ok || !failed_.insert(sample.allocator).second) continue;
    progress_.note(fmt::format("{}: {} under {}: {}; not run again in this row",
                               name_of_round(round), row_.subject.name, name_of(sample.allocator),
                               failure_of(sample)));
  }
}

Sample RowRun::measure_one(std::size_t allocator, int round) const {
  Subject subject = row_.subject;
  subject.command = row_.command();
  if (allocator != plan_.floor()) {
    if (asks_after(plan_, row_, round)) subject.command.emplace_back("--after");
    return measure(subject, plan_.allocators[allocator], timeout_of(plan_, row_));
  }
  subject.command.emplace_back("--floor");
  return measure(subject, plan_.allocators[plan_.reference()], timeout_of(plan_, row_));
}

// Takes over how long runs take, now that each allocator had one, and scales the workload by that:
// the trial was under the reference alone, which may be a slow one, or not the slowest.
void RowRun::learn_from_warm_up() {
  if (good_runs_ == 0) return;
  row_.expected_seconds = good_seconds_ / good_runs_;
  std::vector<double> seconds;
  for (const Sample& sample : samples_) {
    if (sample.verdict == Verdict::ok && sample.allocator != plan_.floor()) {
      seconds.push_back(sample.seconds);
    }
  }
  if (!row_.scale || seconds.empty()) return;
  const double factor = scale_factor(seconds, plan_.sample_seconds);
  if (factor == 1) return;
  const std::uint64_t before = row_.scale->count;
  row_.scale->count = scaled_count(before, 1, factor);
  row_.expected_seconds *= static_cast<double>(row_.scale->count) / static_cast<double>(before);
}

}  // namespace hakmem::cli
