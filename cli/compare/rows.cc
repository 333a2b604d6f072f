// rows.cc: runs the subjects under the allocators, row after row.
#include "compare/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <numeric>
#include <utility>

#include "compare/pace.h"
#include "compare/row_run.h"
#include "measure/child.h"
#include "measure/progress.h"

namespace hakmem::cli {

namespace {

// The rounds that a row lacks, its warm-up among them.
double promised_seconds_left(const Plan& plan, const Measured& measured, std::size_t row) {
  if (row < measured.complete.size() && measured.complete[row]) return 0;
  const int rounds = plan.rounds + 1 - first_open_round(plan, row, measured.samples);
  return round_seconds(plan, plan.rows[row]) * std::max(0, rounds);
}

// What is left of a round that was cut off is no round: the others would run at another time. Only
// what failed stays, for it is not tried again.
void drop_open_rounds(const Plan& plan, std::vector<Sample>& samples) {
  std::vector<int> open;
  for (std::size_t row = 0; row < plan.rows.size(); ++row) {
    open.push_back(first_open_round(plan, row, samples));
  }
  const auto is_left_over = [&open](const Sample& sample) {
    return sample.verdict == Verdict::ok && sample.round >= open[sample.subject];
  };
  samples.erase(std::remove_if(samples.begin(), samples.end(), is_left_over), samples.end());
}

// All rows, one after another.
class RowsRun {
 public:
  RowsRun(Plan& plan, Measured kept, double deadline,
          const std::function<void(const Measured&)>& row_done)
      : plan_(plan), measured_(std::move(kept)), deadline_(deadline), row_done_(row_done) {
    measured_.complete.resize(plan.rows.size(), false);
    drop_open_rounds(plan, measured_.samples);
  }

  Measured run() {
    if (run_promised()) run_further();
    return std::move(measured_);
  }

 private:
  // Gives each row plan.rounds rounds. Returns false if it was interrupted.
  bool run_promised() {
    const double deadline = plan_.budget_ends_rounds ? deadline_ : 0;
    bool is_first = true;  // it is measured whatever the time: who resumes often enough has all
    for (std::size_t i = 0; i < plan_.rows.size(); ++i) {
      if (measured_.complete[i]) continue;
      const double expected = promised_seconds_left(plan_, measured_, i);
      if (!is_first && !has_time_to_begin(plan_.rows[i], deadline)) continue;
      is_first = false;
      progress_.expect(pace_.factor() * expected_seconds(plan_, measured_));
      const double start = now_seconds();
      RowRun run = begin(i);
      const std::size_t before = run.samples().size();
      const RowEnd end = run.run(deadline);
      take(run, before);
      if (end == RowEnd::interrupted) return false;
      measured_.complete[i] = end == RowEnd::whole;
      if (end == RowEnd::whole) pace_.note(expected, now_seconds() - start);
      row_done_(measured_);
    }
    note_incomplete();
    return true;
  }

  // Gives those that are undecided further ones, up to plan.most_rounds.
  void run_further() {
    std::deque<RowRun> undecided;
    double others = 0;     // seconds of a round of those that are to come
    double most_left = 0;  // seconds, if none is decided
    for (std::size_t i = 0; i < plan_.rows.size(); ++i) {
      if (!measured_.complete[i]) continue;
      RowRun run = begin(i);
      if (!run.may_go_on()) continue;
      others += round_seconds(plan_, plan_.rows[i]);
      most_left += run.most_seconds_left();
      undecided.push_back(std::move(run));
    }
    for (RowRun& run : undecided) {
      const double own = round_seconds(plan_, plan_.rows[run.place()]);
      others -= own;
      const double time_left = deadline_ > 0 ? deadline_ - now_seconds() : most_left;
      progress_.expect(std::max(0.0, std::min(time_left, most_left)));
      most_left -= run.most_seconds_left();
      const std::size_t before = run.samples().size();
      const bool ended = run.go_on(share_of(own, others));
      take(run, before);
      if (!ended) return;
      if (run.samples().size() > before) row_done_(measured_);
    }
  }

  [[nodiscard]] RowRun begin(std::size_t row) {
    std::vector<Sample> kept;
    for (const Sample& sample : measured_.samples) {
      if (sample.subject == row) kept.push_back(sample);
    }
    return {plan_, row, std::move(kept), progress_};
  }

  void take(const RowRun& run, std::size_t from) {
    const auto first = run.samples().begin() + static_cast<std::ptrdiff_t>(from);
    measured_.samples.insert(measured_.samples.end(), first, run.samples().end());
  }

  // A row that would not have its warm-up and a round is not begun.
  [[nodiscard]] bool has_time_to_begin(const Row& row, double deadline) const {
    return deadline <= 0 || now_seconds() + 2 * round_seconds(plan_, row) <= deadline;
  }

  // Until when a row may go on, so that the others have their part of what is left.
  [[nodiscard]] double share_of(double own, double others) const {
    if (deadline_ <= 0) return 0;
    const double share = own > 0 ? own / (own + others) : 1;
    return now_seconds() + share * (deadline_ - now_seconds());
  }

  void note_incomplete() {
    std::string names;
    for (std::size_t i = 0; i < plan_.rows.size(); ++i) {
      if (measured_.complete[i]) continue;
      const int rounds = first_open_round(plan_, i, measured_.samples) - 1;
      names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", plan_.rows[i].subject.name,
                           std::max(0, rounds));
    }
    if (names.empty()) return;
    progress_.note(fmt::format(
        "the budget of {} is used up; rows with fewer than {} rounds: {}; give more by --budget, "
        "or go on with --out and --resume",
        duration_text(plan_.budget_seconds), plan_.rounds, names));
  }

  Plan& plan_;
  Measured measured_;
  double deadline_;
  const std::function<void(const Measured&)>& row_done_;
  Progress progress_;
  Pace pace_;
};

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

double expected_seconds(const Plan& plan, const Measured& measured) {
  double seconds = 0;
  for (std::size_t i = 0; i < plan.rows.size(); ++i) {
    seconds += promised_seconds_left(plan, measured, i);
  }
  return seconds;
}

double expected_seconds(const Plan& plan, const std::vector<bool>& complete) {
  return expected_seconds(plan, Measured{{}, complete});
}

Measured measure_rows(Plan& plan, Measured kept, double deadline,
                      const std::function<void(const Measured&)>& row_done) {
  return RowsRun(plan, std::move(kept), deadline, row_done).run();
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
