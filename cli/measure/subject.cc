// subject.cc: makes subjects from what the user typed.
#include "measure/subject.h"

#include <wordexp.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "launch/executable.h"
#include "launch/installation.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

std::string with_replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t found = what.find(text[i]);
    if (found != std::string::npos) text[i] = by[found];
  }
  return text;
}

std::vector<std::string> split_words(const std::string& text) {
  // wordexp takes braces for an error; {dir} is ours.
  const std::string braces = "{}";
  const std::string stand_ins = "\x01\x02";
  const std::string escaped = with_replaced(text, braces, stand_ins);
  wordexp_t expansion = {};
  if (::wordexp(escaped.c_str(), &expansion, WRDE_NOCMD | WRDE_UNDEF) != 0) {
    throw UserError("'" + text +
                    "': cannot be split into words; quote what is special to a shell, or give "
                    "sh -c '...'");
  }
  std::vector<std::string> words(expansion.we_wordv, expansion.we_wordv + expansion.we_wordc);
  ::wordfree(&expansion);
  for (std::string& word : words) word = with_replaced(word, stand_ins, braces);
  if (words.empty()) throw UserError("'" + text + "': no command");
  return words;
}

}  // namespace

const char* kind_name(SubjectKind kind) {
  switch (kind) {
    case SubjectKind::workload:
      return "workload";
    case SubjectKind::program:
      return "program";
    case SubjectKind::server:
      return "server";
  }
  return "unknown";
}

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
  Subject subject;
  subject.name = std::filesystem::path(program.front()).filename();
  if (subject.name.empty()) subject.name = program.front();
  subject.kind = SubjectKind::program;
  subject.command = program;
  try {
    const std::filesystem::path executable = find_executable(program.front());
    subject.command.front() = executable;
    require_preloadable(executable);
  } catch (const UserError& error) {
    subject.problem = error.what();
  }
  return subject;
}

Subject typed_program(const std::string& words) { return program_subject(split_words(words)); }

Subject server_subject(const std::string& server, const std::string& load,
                       const std::string& release) {
  Subject subject = typed_program(server);
  subject.kind = SubjectKind::server;
  subject.load = {"/bin/sh", "-c", load};
  if (!release.empty()) subject.release = {"/bin/sh", "-c", release};
  return subject;
}

unsigned threads_in(const std::string& line) {
  const auto figures = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!figures.is_object()) return 1;
  const auto parameters = figures.value("parameters", nlohmann::json::object());
  return std::max({1U, parameters.value("threads", 1U), 2 * parameters.value("pairs", 0U)});
}

}  // namespace hakmem::cli
