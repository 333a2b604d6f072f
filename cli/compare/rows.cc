// rows.cc: runs the subjects under the allocators, row after row.
#include "compare/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <numeric>
#include <set>

#include "compare/probe.h"
#include "compare/summary.h"
#include "measure/child.h"
#include "measure/interrupt.h"
#include "measure/measure.h"
#include "measure/progress.h"

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

double round_seconds(const Plan& plan, const Row& row) {
  const bool after = plan.after && row.subject.kind == SubjectKind::workload;
  const double idle = after ? after_seconds / plan.after_every : 0;
  const double run = row.expected_seconds > 0 ? row.expected_seconds : plan.sample_seconds;
  return run * static_cast<double>(width_of(plan, row)) +
         idle * static_cast<double>(plan.allocators.size());
}

double timeout_of(const Plan& plan, const Row& row) {
  if (plan.timeout_seconds > 0) return plan.timeout_seconds;
  if (row.expected_seconds <= 0) return unknown_timeout_seconds;
  return std::max(least_timeout_seconds, timeout_factor * row.expected_seconds);
}

// After how many rounds it is asked whether a row is decided that was undecided after `round`.
int next_look(int round) { return round + std::max(2, round / 3); }

enum class RowEnd { whole, cut_short, interrupted };

// One row while it is measured.
class RowRun {
 public:
  RowRun(Plan& plan, std::size_t place, Progress& progress)
      : plan_(plan), row_(plan.rows[place]), place_(place), progress_(progress) {}

  // Measures the rounds that every row has, but none that would not end by the deadline, if that is
  // not 0. It is asked for when the warm-up has told how long runs take.
  RowEnd run(const std::function<double()>& deadline_after_warm_up) {
    if (!run_round()) return RowEnd::interrupted;
    learn_from_warm_up();
    const double deadline = deadline_after_warm_up();
    while (next_round_ <= plan_.rounds) {
      if (next_round_ > 1 && !has_time(deadline)) {
        progress_.note(fmt::format("{}: stopping after {} of {} rounds: its time is used up",
                                   row_.subject.name, next_round_ - 1, plan_.rounds));
        return RowEnd::cut_short;
      }
      if (!run_timed_round()) return RowEnd::interrupted;
    }
    return RowEnd::whole;
  }

  // Measures further rounds while the row is undecided. Returns false if it was interrupted.
  bool go_on(double deadline) {
    int look = plan_.rounds;
    while (next_round_ <= plan_.most_rounds && has_time(deadline)) {
      if (next_round_ > look) {
        if (is_decided(plan_, place_, samples_)) return true;
        look = next_look(look);
      }
      progress_.expect_further(longest_round_);
      if (!run_timed_round()) return false;
    }
    return true;
  }

  [[nodiscard]] bool may_go_on() const {
    return next_round_ <= plan_.most_rounds && !is_decided(plan_, place_, samples_);
  }

  [[nodiscard]] std::size_t place() const { return place_; }
  [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }

 private:
  [[nodiscard]] std::string name_of(std::size_t place) const {
    return place == plan_.floor() ? "floor" : plan_.allocators[place].name;
  }

  [[nodiscard]] bool has_time(double deadline) const {
    return deadline <= 0 || now_seconds() + longest_round_ <= deadline;
  }

  bool run_timed_round() {
    const double start = now_seconds();
    if (!run_round()) return false;
    longest_round_ = std::max(longest_round_, now_seconds() - start);
    return true;
  }

  // Takes over how long runs take, now that each allocator had one: the trial was under the
  // reference alone, which may be a slow one. Scales the workload so that the fastest, too, gives
  // samples that are long enough.
  void learn_from_warm_up() {
    if (good_runs_ == 0) return;
    row_.expected_seconds = good_seconds_ / good_runs_;
    double fastest = 0;
    for (const Sample& sample : samples_) {
      if (sample.verdict != Verdict::ok || sample.allocator == plan_.floor()) continue;
      if (fastest == 0 || sample.seconds < fastest) fastest = sample.seconds;
    }
    if (!row_.scale || fastest <= 0 || fastest >= plan_.sample_seconds) return;
    const std::uint64_t before = row_.scale->count;
    row_.scale->count = scaled_count(before, fastest, plan_.sample_seconds);
    row_.expected_seconds *= static_cast<double>(row_.scale->count) / static_cast<double>(before);
  }

  Sample measure_one(std::size_t allocator, int round) const {
    Subject subject = row_.subject;
    subject.command = row_.command();
    if (allocator != plan_.floor()) {
      if (asks_after(plan_, row_, round)) subject.command.emplace_back("--after");
      return measure(subject, plan_.allocators[allocator], timeout_of(plan_, row_));
    }
    subject.command.emplace_back("--floor");
    return measure(subject, plan_.allocators[plan_.reference()], timeout_of(plan_, row_));
  }

  // Returns false if it was interrupted.
  bool run_round() {
    const int round = next_round_;
    const std::string name =
        round == 0 ? "warm-up"
                   : fmt::format("round {} of {}", round,
                                 round <= plan_.rounds ? plan_.rounds : plan_.most_rounds);
    for (const std::size_t allocator : rotation(width_of(plan_, row_), round)) {
      if (failed_.count(allocator) != 0) continue;
      progress_.show(fmt::format("{}: {}", row_.subject.name, name), name_of(allocator));
      const double start = now_seconds();
      Sample sample = measure_one(allocator, round);
      if (interrupted() != 0) {
        progress_.note(fmt::format("interrupted in {} of {}: what follows was measured before",
                                   name, row_.subject.name));
        return false;
      }
      sample.subject = place_;
      sample.allocator = allocator;
      sample.round = round;
      if (sample.verdict != Verdict::ok) {
        failed_.insert(allocator);
        progress_.note(fmt::format("{}: {} under {}: {}: {}; not run again in this row", name,
                                   row_.subject.name, name_of(allocator),
                                   verdict_name(sample.verdict), sample.detail));
      }
      const double seconds = now_seconds() - start;
      progress_.advance(seconds);
      if (sample.verdict == Verdict::ok) {
        const bool idled = allocator != plan_.floor() && asks_after(plan_, row_, round);
        good_seconds_ += seconds - (idled ? after_seconds : 0);
        ++good_runs_;
      }
      samples_.push_back(std::move(sample));
    }
    ++next_round_;
    return true;
  }

  const Plan& plan_;
  Row& row_;
  std::size_t place_;
  Progress& progress_;
  std::vector<Sample> samples_;
  std::set<std::size_t> failed_;
  double good_seconds_ = 0;  // of the runs that ended well, without idling
  int good_runs_ = 0;
  int next_round_ = 0;
  double longest_round_ = 0;
};

// Seconds of the rows from `first` on that are not complete.
double seconds_from(std::size_t first, const Plan& plan, const std::vector<bool>& complete) {
  double seconds = 0;
  for (std::size_t i = first; i < plan.rows.size(); ++i) {
    if (!complete[i]) seconds += round_seconds(plan, plan.rows[i]) * (plan.rounds + 1);
  }
  return seconds;
}

}  // namespace

std::size_t Plan::reference() const {
  const auto place_of = [this](const auto& is_wanted) {
    const auto found = std::find_if(allocators.begin(), allocators.end(), is_wanted);
    return found == allocators.end() ? floor()
                                     : static_cast<std::size_t>(found - allocators.begin());
  };
  const std::size_t libc = place_of([](const Allocator& a) { return a.name == "libc"; });
  if (libc != floor()) return libc;
  const std::size_t usable = place_of([](const Allocator& a) { return a.problem.empty(); });
  return usable != floor() ? usable : 0;
}

std::vector<std::string> Row::command() const {
  std::vector<std::string> words = subject.command;
  if (scale) words.push_back(fmt::format("{}={}", scale->parameter, scale->count));
  return words;
}

std::vector<std::size_t> rotation(std::size_t count, int round) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto first = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(round / 2) % count);
  std::rotate(order.begin(), order.begin() + first, order.end());
  return order;
}

double expected_seconds(const Plan& plan, const std::vector<bool>& complete) {
  return seconds_from(0, plan, complete);
}

Measured measure_rows(Plan& plan, Measured kept, double deadline,
                      const std::function<void(const Measured&)>& row_done) {
  Measured measured = std::move(kept);
  measured.complete.resize(plan.rows.size(), false);
  Progress progress;
  const auto share_of = [deadline](double own, double others) -> double {
    if (deadline <= 0) return 0;
    const double share = own > 0 ? own / (own + others) : 1;
    return now_seconds() + share * (deadline - now_seconds());
  };
  const auto take = [&measured](const RowRun& run, std::size_t from) {
    const auto first = run.samples().begin() + static_cast<std::ptrdiff_t>(from);
    measured.samples.insert(measured.samples.end(), first, run.samples().end());
  };

  std::deque<RowRun> whole;
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    if (measured.complete[i]) continue;
    progress.expect(seconds_from(i, plan, measured.complete));
    RowRun run(plan, i, progress);
    const RowEnd end = run.run([&] {
      // The row has its rounds ahead, those that follow their warm-up, too.
      return share_of(round_seconds(plan, plan.rows[i]) * plan.rounds,
                      seconds_from(i + 1, plan, measured.complete));
    });
    take(run, 0);
    if (end == RowEnd::interrupted) return measured;
    measured.complete[i] = end == RowEnd::whole;
    row_done(measured);
    if (end == RowEnd::whole) whole.push_back(std::move(run));
  }

  std::deque<RowRun> undecided;
  double others = 0;  // seconds of a round of those that are to come
  for (RowRun& run : whole) {
    if (!run.may_go_on()) continue;
    others += round_seconds(plan, plan.rows[run.place()]);
    undecided.push_back(std::move(run));
  }
  for (RowRun& run : undecided) {
    const double own = round_seconds(plan, plan.rows[run.place()]);
    others -= own;
    const std::size_t before = run.samples().size();
    const bool ended = run.go_on(share_of(own, others));
    take(run, before);
    if (!ended) return measured;
    row_done(measured);
  }
  return measured;
}

Measured measure_rows(Plan& plan, Measured kept,
                      const std::function<void(const Measured&)>& row_done) {
  const double deadline = plan.budget_seconds > 0 ? now_seconds() + plan.budget_seconds : 0;
  return measure_rows(plan, std::move(kept), deadline, row_done);
}

void judge_outputs(const Plan& plan, std::vector<Sample>& samples) {
  const std::size_t reference = plan.reference();
  for (std::size_t row = 0; row < plan.rows.size(); ++row) {
    if (!plan.rows[row].subject.same_output) continue;
    const auto first = std::find_if(samples.begin(), samples.end(), [&](const Sample& sample) {
      return sample.subject == row && sample.allocator == reference &&
             sample.verdict == Verdict::ok;
    });
    if (first == samples.end()) continue;
    const std::uint64_t digest = first->output_digest;
    for (Sample& sample : samples) {
      if (sample.subject != row || sample.verdict != Verdict::ok) continue;
      if (sample.output_digest == digest) continue;
      sample.verdict = Verdict::wrong_output;
      sample.detail = "it printed something else than under " + plan.allocators[reference].name;
    }
  }
}

}  // namespace hakmem::cli
