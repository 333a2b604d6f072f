// health_subject.h: the programs that a health check runs.
#pragma once

#include <string>
#include <vector>

#include "measure/subject.h"

namespace hakmem::cli {

struct HealthSubject {
  Subject subject;                // its name says what for
  bool frees_everything = false;  // frees all that it allocates
};

// A program of the system's with arguments that make it allocate for a second.
struct RealProgram {
  std::string name;  // of the executable and of its Debian package
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
};

// Returns short Mixed, C6-heavy and a run of threads, each verifying every byte, and the first real
// program that is installed. Throws if none is.
std::vector<HealthSubject> health_subjects();

// Returns those that a health check knows, in the order in which it looks for them.
const std::vector<RealProgram>& real_programs();

// Returns the first of `programs` that is installed. Throws, naming their packages, if none is.
Subject first_installed(const std::vector<RealProgram>& programs);

}  // namespace hakmem::cli
