// plan.h: what is compared, and how often.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure/allocator.h"
#include "measure/subject.h"

namespace hakmem::cli {

// Six rounds choose the best of the others and six measure it: the fewest whose intervals reach 95
// %.
inline constexpr int usual_rounds = 12;
inline constexpr int usual_most_rounds = 63;
inline constexpr double usual_sample_seconds = 0.7;
inline constexpr double usual_budget_seconds = 600;
// How often memory when all was freed is asked for, if there is time for that.
inline constexpr int usual_after_rounds = 6;

// How far a workload goes, chosen so that its samples last long enough.
struct Scale {
  std::string parameter;
  std::uint64_t count = 0;
};

struct Row {
  Subject subject;
  double expected_seconds = 0;      // of one run; 0 if it is not known
  std::optional<Scale> scale = {};  // none: as the subject says

  // The command of a run: the subject's, scaled.
  [[nodiscard]] std::vector<std::string> command() const;
};

struct Plan {
  std::vector<Row> rows;
  std::vector<Allocator> allocators;
  std::size_t base = 0;            // the allocator that ratios relate to
  std::optional<std::size_t> own;  // the allocator that is held against the best of the others
  int rounds = usual_rounds;
  int most_rounds = usual_rounds;  // rows that are undecided then go on for up to so many
  double sample_seconds = 0;       // workloads are scaled to last so long; 0: as they are
  double timeout_seconds = 0;      // of one run; 0: twenty times what it should take
  double budget_seconds = 0;       // rows share this time; 0: no limit
  bool budget_ends_rounds = true;  // if not, it ends only what goes on beyond `rounds`
  bool after = false;              // workloads also tell their memory when all was freed
  int after_every = 3;             // in the warm-up and then in every so many-th round
  bool with_floor = false;         // workloads also run without allocating, where they can

  // The place of the floor, which runs like one more allocator in rows that have it.
  [[nodiscard]] std::size_t floor() const { return allocators.size(); }
  // The allocator whose results are taken for right: libc, or the first that can be used.
  [[nodiscard]] std::size_t reference() const;
};

}  // namespace hakmem::cli
