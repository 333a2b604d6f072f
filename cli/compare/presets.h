// presets.h: named sets of subjects.
#pragma once

#include <string>
#include <vector>

#include "measure/subject.h"

namespace hakmem::cli {

// Returns the subjects of the preset; throws if there is no such preset or a program is missing.
//   quickstart  python3, g++, sqlite3 and redis-server, each with an input of ours
std::vector<Subject> preset_subjects(const std::string& name);

}  // namespace hakmem::cli
