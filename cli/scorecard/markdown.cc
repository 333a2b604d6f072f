// markdown.cc: writes the scorecard.
#include "scorecard/markdown.h"

#include <fmt/format.h>

#include <map>

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

// What a program printed may be in it: nothing may end the cell or be taken for markup.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char character : text) {
    if (character == '|') {
      escaped += "\\|";
    } else if (character == '<') {
      escaped += "&lt;";
    } else {
      escaped += character == '\n' || character == '\r' ? ' ' : character;
    }
  }
  return escaped;
}

std::string count_line(const std::vector<TargetGroup>& groups) {
  std::map<Says, std::size_t> counted;
  std::size_t targets = 0;
  for (const TargetGroup& group : groups) {
    for (const Finding& finding : group.findings) {
      ++counted[finding.says];
      ++targets;
    }
  }
  return fmt::format("**{} of {} targets met**, {} not met, {} undecided, {} without data.\n",
                     counted[Says::met], targets, counted[Says::not_met], counted[Says::undecided],
                     counted[Says::no_data]);
}

std::string group_table(const TargetGroup& group) {
  std::string text = fmt::format(
      "\n## {}\n\n| Target | Bound | Figure | Says | Decided by | File "
      "|\n|---|---|---|---|---|---|\n",
      group.title);
  for (const Finding& finding : group.findings) {
    const bool good = finding.says == Says::met;
    text +=
        fmt::format("| {} | {} | {} | {} | {} | {} |\n", cell(finding.target), finding.bound,
                    cell(finding.figure),
                    good ? says_text(finding.says) : fmt::format("**{}**", says_text(finding.says)),
                    cell(finding.decided_by), cell(finding.source));
  }
  return text;
}

// What a reader must know before trusting a file.
std::string remark(const Json& result) {
  const std::string kind = result.at("kind");
  if (kind != "compare" && kind != "soak" && kind != "counts") return "not used";
  if (result.value("interrupted", false)) return "interrupted";
  std::size_t incomplete = 0;
  for (const Json& row : result.value("rows", Json::array())) {
    if (!row.value("complete", true)) ++incomplete;
  }
  if (incomplete > 0) return fmt::format("{} rows without all rounds", incomplete);
  return "whole";
}

std::string sources_table(const std::vector<NamedResult>& results) {
  std::string text =
      "\n## Files\n\n| File | Kind | Started | hakmem | Machine | State "
      "|\n|---|---|---|---|---|---|\n";
  for (const NamedResult& result : results) {
    const Json machine = result.document.value("machine", Json::object());
    text += fmt::format(
        "| {} | {} | {} | {} | {}, {} cores, kernel {}, {} | {} |\n", cell(short_name(result.file)),
        result.document.at("kind").get<std::string>(), result.document.value("started", "unknown"),
        result.document.value("hakmem", "unknown"), cell(machine.value("processor", "unknown")),
        machine.value("cores", 0), machine.value("kernel", "unknown"),
        machine.value("libc", "unknown"), remark(result.document));
  }
  return text;
}

}  // namespace

std::string scorecard_page(const std::vector<TargetGroup>& groups,
                           const std::vector<NamedResult>& results) {
  std::string text =
      "# Scorecard\n\nMade by `hakmem scorecard` from the files at the end; made anew, never "
      "edited. "
      "A ratio below 1 is better.\nA target that is undecided, because a row is too uncertain to "
      "count or has too few rounds, is not met; nor is one without data, because a row is missing "
      "or was cut off.\n\n";
  text += count_line(groups);
  for (const TargetGroup& group : groups) text += group_table(group);
  return text + sources_table(results);
}

}  // namespace hakmem::cli
