// subject.cc: makes subjects from what the user typed.
#include "measure/subject.h"

#include <filesystem>
#include <sstream>

#include "launch/executable.h"
#include "launch/installation.h"
#include "user_error.h"

namespace hakmem::cli {

Subject parse_workload(const std::string& text) {
  const std::size_t colon = text.find(':');
  Subject subject;
  subject.name = text;
  subject.kind = SubjectKind::workload;
  subject.command = {find_workload(text.substr(0, colon)).string()};
  if (colon == std::string::npos) return subject;
  std::istringstream arguments(text.substr(colon + 1));
  for (std::string word; std::getline(arguments, word, ',');) {
    if (word.empty()) throw UserError("workload '" + text + "': an empty argument");
    subject.command.push_back(word);
  }
  return subject;
}

Subject program_subject(const std::vector<std::string>& program) {
  const std::filesystem::path executable = find_executable(program.front());
  require_preloadable(executable);
  Subject subject;
  subject.name = executable.filename();
  subject.kind = SubjectKind::program;
  subject.command = program;
  subject.command.front() = executable;
  return subject;
}

}  // namespace hakmem::cli
