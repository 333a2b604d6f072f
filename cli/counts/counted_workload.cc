// counted_workload.cc: the table of workloads that can be counted.
#include "counts/counted_workload.h"

#include <fmt/format.h>

#include "measure/subject.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

struct Entry {
  const char* name;
  const char* repetitions;
  // Long enough for what happens once in a while to have its share, short enough for the tool.
  std::uint64_t under_callgrind;
  std::uint64_t under_strace;
  bool has_floor;
};

// large_blocks alternates between two kinds of cycles: its numbers are even.
constexpr Entry entries[] = {
    {"random_mixed", "iters", 500'000, 5'000'000, true},
    {"tiny_hot", "cycles", 2'000, 20'000, true},
    {"fifo_hot", "cycles", 2'000, 20'000, true},
    {"aligned", "iters", 200'000, 1'000'000, true},
    {"calloc_fresh", "cycles", 10, 100, true},
    {"realloc_growth", "cycles", 1, 5, true},
    {"large_blocks", "cycles", 4, 12, true},
};

}  // namespace

std::vector<std::string> CountedWorkload::command_for(std::uint64_t count, bool floor) const {
  std::vector<std::string> words = command;
  words.push_back(repetitions + "=" + std::to_string(count));
  if (floor) words.emplace_back("--floor");
  return words;
}

std::vector<CountedWorkload> counted_workloads() {
  std::vector<CountedWorkload> workloads;
  for (const Entry& entry : entries) workloads.push_back(parse_counted_workload(entry.name));
  return workloads;
}

CountedWorkload parse_counted_workload(const std::string& text) {
  const Subject subject = parse_workload(text);
  const std::string name = text.substr(0, text.find(':'));
  std::string known;
  for (const Entry& entry : entries) {
    known += std::string(" ") + entry.name;
    if (name != entry.name) continue;
    for (std::size_t i = 1; i < subject.command.size(); ++i) {
      const std::string& word = subject.command[i];
      if (word.starts_with(std::string(entry.repetitions) + "=")) {
        throw UserError(
            fmt::format("--workload {}: leave out {}: counts chooses how often it repeats", text,
                        entry.repetitions));
      }
      if (!word.starts_with("--") && word.find('=') == std::string::npos) {
        throw UserError(fmt::format("--workload {}: name the parameter: NAME={}", text, word));
      }
    }
    return {text,
            subject.command,
            entry.has_floor,
            entry.repetitions,
            entry.under_callgrind,
            entry.under_strace};
  }
  throw UserError(
      "--workload " + text +
      ": cannot be counted: it has several threads or a fixed time; there are:" + known);
}

}  // namespace hakmem::cli
