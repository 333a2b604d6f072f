// plan.h: what is compared, and how often.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "measure/allocator.h"
#include "measure/subject.h"

namespace hakmem::cli {

struct Row {
  Subject subject;
  double expected_seconds = 0;  // of one run; 0 if it is not known
};

struct Plan {
  std::vector<Row> rows;
  std::vector<Allocator> allocators;
  std::size_t base = 0;            // the allocator that ratios relate to
  std::optional<std::size_t> own;  // the allocator that is held against the best of the others
  int rounds = 7;
  int most_rounds = 7;         // rows that are undecided then go on for up to so many
  double sample_seconds = 0;   // workloads are scaled to last so long; 0: as they are
  double timeout_seconds = 0;  // of one run; 0: twenty times what it should take
  double budget_seconds = 0;   // rows share this time; 0: no limit
  bool after = false;          // workloads also tell their memory when all was freed
  bool with_floor = false;     // workloads also run without allocating, where they can
  std::string cores;           // that everything is pinned to, as the user wrote it; empty: all

  // The place of the floor, which runs like one more allocator in rows that have it.
  [[nodiscard]] std::size_t floor() const { return allocators.size(); }
  // The allocator whose results are taken for right: libc, or the first.
  [[nodiscard]] std::size_t reference() const;
};

}  // namespace hakmem::cli
