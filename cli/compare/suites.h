// suites.h: named sets of subjects.
#pragma once

#include <string>
#include <vector>

#include "measure/subject.h"

namespace hakmem::cli {

struct Suite {
  std::vector<Subject> subjects;
  // What a comparison of the suite uses where the user says nothing else.
  int rounds = 7;
  int most_rounds = 63;
  double sample_seconds = 0.7;
  double budget_seconds = 0;  // 0: no limit
};

// The names, and in a line each what they hold.
std::string suite_names();

// Returns the subject that `text` means: a program of the suite apps, or a workload.
Subject parse_row(const std::string& text);

// Returns the suite `name`; throws if there is none or one of its programs is missing.
Suite find_suite(const std::string& name);

}  // namespace hakmem::cli
