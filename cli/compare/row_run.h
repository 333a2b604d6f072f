// row_run.h: one row while it is measured.
//
// It goes on from the samples that it is given, which are those of an earlier run of the command or
// of its first rounds: which round comes next and who is not run again follows from them alone. An
// allocator that failed does not run again in the same row: it would only cost time.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "compare/plan.h"
#include "measure/progress.h"
#include "measure/sample.h"

namespace hakmem::cli {

// Returns the first round of the row that is not whole: some allocator, or the floor, has no sample
// in it and did not fail before. `samples` may hold other rows, too.
int first_open_round(const Plan& plan, std::size_t row, const std::vector<Sample>& samples);

// Returns how long a round of the row is expected to take.
double round_seconds(const Plan& plan, const Row& row);

enum class RowEnd { whole, cut_short, interrupted };

class RowRun {
 public:
  // Precondition: of the round that is not whole `kept` holds only what failed.
  RowRun(Plan& plan, std::size_t place, std::vector<Sample> kept, Progress& progress);

  // Measures what is missing of the rounds that every row has: at least one, and then none that
  // would not end by the deadline, if that is not 0.
  RowEnd run(double deadline);

  // Measures further rounds while the row may go on. Returns false if it was interrupted.
  bool go_on(double deadline);

  // Returns whether there is a further round to come. Whether the row is decided is asked after
  // ever longer stretches only.
  [[nodiscard]] bool may_go_on() const;

  // Returns how long the row takes with all the rounds that it may have.
  [[nodiscard]] double most_seconds_left() const;

  [[nodiscard]] std::size_t place() const { return place_; }
  [[nodiscard]] const std::vector<Sample>& samples() const { return samples_; }

 private:
  [[nodiscard]] std::string name_of(std::size_t place) const;
  [[nodiscard]] std::string name_of_round(int round) const;
  [[nodiscard]] bool has_time(double deadline) const;
  [[nodiscard]] Sample measure_one(std::size_t allocator, int round) const;
  bool run_timed_round();
  bool run_round();
  bool run_allocators(int round);
  void note_failures(int round);
  void learn_from_warm_up();

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

}  // namespace hakmem::cli
