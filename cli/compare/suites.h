// suites.h: named sets of subjects.
#pragma once

#include <string>
#include <vector>

#include "compare/plan.h"
#include "measure/subject.h"

namespace hakmem::cli {

// What a comparison of the suite uses where the user says nothing else stands beside its rows.
// Every suite has a budget, for five allocators: what is not reached or still undecided when it is
// used up stays so.
struct Suite {
  std::vector<Subject> subjects;
  int rounds = usual_rounds;
  int most_rounds = usual_most_rounds;
  int after_rounds = usual_after_rounds;
  double sample_seconds = 0.5;  // the least that a sample may last
  double budget_seconds = 0;
};

inline constexpr std::size_t allocators_in_budget = 5;

// The names, and in a line each what they hold.
std::string suite_names();

// Returns the subject that `text` means: a program of the suite apps, or a workload. Throws if it
// is missing.
Subject parse_row(const std::string& text);

// The same, but a program that is missing is a row with a problem: its Debian package.
Subject parse_row_or_problem(const std::string& text);

// Returns the suite `name`; throws if there is none. A program that is missing is a row with a
// problem: its Debian package.
Suite find_suite(const std::string& name);

// Returns the path of a program of the system; throws, naming the Debian package that brings it, if
// it is not installed.
std::string packaged_program(const std::string& name, const std::string& package);

// Returns what `make` makes or, if that throws, a subject of that name with what it threw as its
// problem.
Subject made_or_problem(const std::string& name, Subject (*make)());

}  // namespace hakmem::cli
