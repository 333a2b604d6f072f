// record.cc: fills in the template of records.
#include "ab/record.h"

#include <fcntl.h>
#include <fmt/args.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "launch/installation.h"
#include "measure/file_descriptor.h"
#include "measure/interval_text.h"
#include "result/result_file.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string recorded_text(const Json& ratio) {
  if (ratio.is_null()) return "-";
  const Interval interval = {ratio.at("low"), ratio.at("high"), ratio.at("coverage")};
  return ratio_text(Ratio{ratio.at("median"), interval, ratio.at("rounds")});
}

std::string rows_text(const Json& verdict) {
  std::string text;
  for (const Json& row : verdict.at("rows")) {
    text += fmt::format("| {} | {} | {} | {} | {} |\n", row.at("name").get<std::string>(),
                        row.at("role").get<std::string>(), recorded_text(row.at("cost_ratio")),
                        recorded_text(row.at("peak_rss_ratio")),
                        recorded_text(row.at("after_rss_ratio")));
  }
  return text;
}

std::string template_text() {
  std::ostringstream text;
  text << std::ifstream(find_shared_file("record.md")).rdbuf();
  return text.str();
}

const Json& last_link(const Json& result) { return result.at("links").back(); }

std::string stage_of(const Json& result) {
  return last_link(result).contains("decision") ? "decision" : "screening";
}

FileDescriptor open_to_append(const std::filesystem::path& ledger) {
  return FileDescriptor(::open(ledger.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666));
}

[[noreturn]] void cannot_append(const std::filesystem::path& ledger, int error) {
  throw UserError(
      fmt::format("cannot write the ledger {}: {}", ledger.string(), std::strerror(error)));
}

}  // namespace

std::string record_text(const Json& result) {
  const Json& gate = result.at("gate");
  const Json& machine = result.at("machine");
  std::string links;
  for (const Json& link : result.at("links")) {
    const Json& verdict = link.at(link.contains("decision") ? "decision" : "screening");
    links += fmt::format(
        "\n{}, {}: {} ({})\n\n| Row | Role | Time | Peak RSS | RSS after |\n"
        "|---|---|---|---|---|\n{}",
        link.at("order").get<std::string>(), link.contains("decision") ? "decision" : "screening",
        verdict.at("decision").get<std::string>(), verdict.at("reason").get<std::string>(),
        rows_text(verdict));
  }
  fmt::dynamic_format_arg_store<fmt::format_context> values;
  values.push_back(fmt::arg("name", gate.at("name").get<std::string>()));
  values.push_back(fmt::arg("decision", result.at("decision").get<std::string>()));
  values.push_back(fmt::arg("reason", result.at("reason").get<std::string>()));
  values.push_back(fmt::arg("date", result.at("started").get<std::string>().substr(0, 10)));
  values.push_back(fmt::arg("gate", gate.dump()));
  values.push_back(fmt::arg("base", result["allocators"][0].at("build_id").get<std::string>()));
  values.push_back(fmt::arg("treat", result["allocators"][1].at("build_id").get<std::string>()));
  values.push_back(fmt::arg("processor", machine.at("processor").get<std::string>()));
  values.push_back(fmt::arg("cores", machine.at("cores").get<int>()));
  values.push_back(fmt::arg("kernel", machine.at("kernel").get<std::string>()));
  values.push_back(fmt::arg("libc", machine.at("libc").get<std::string>()));
  values.push_back(fmt::arg("links", links));
  return fmt::vformat(template_text(), values);
}

std::string ledger_line(const Json& result) {
  const Json& verdict = last_link(result).at(stage_of(result));
  Json line = {{"started", result.at("started")},
               {"name", result.at("gate").at("name")},
               {"decision", result.at("decision")},
               {"reason", result.at("reason")},
               {"stage", stage_of(result)},
               {"base", result["allocators"][0].at("build_id")},
               {"treat", result["allocators"][1].at("build_id")},
               {"target_cost_ratio", verdict.at("target_cost_ratio")},
               {"target_peak_rss_ratio", verdict.at("target_peak_rss_ratio")},
               {"link_orders", result.at("links").size()},
               {"gate", result.at("gate")},
               {"machine", result.at("machine")}};
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void require_appendable(const std::filesystem::path& ledger) {
  if (!std::filesystem::exists(ledger)) return require_writable(ledger);
  if (!open_to_append(ledger).is_open()) cannot_append(ledger, errno);
}

void append_line(const std::filesystem::path& ledger, const std::string& line) {
  const FileDescriptor file = open_to_append(ledger);
  if (!file.is_open()) cannot_append(ledger, errno);
  // Others wait meanwhile: what is taken back is ours. The lock goes with the descriptor.
  if (::flock(file.get(), LOCK_EX) != 0) cannot_append(ledger, errno);
  const off_t length = ::lseek(file.get(), 0, SEEK_END);
  const std::string text = line + "\n";
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size())) return;
  // A disk that fills up takes a part of the line and says nothing.
  const int error = written < 0 ? errno : ENOSPC;
  if (written > 0 && ::ftruncate(file.get(), length) != 0) {
    throw UserError(fmt::format("the ledger {} ends in a part of a line: {}", ledger.string(),
                                std::strerror(errno)));
  }
  cannot_append(ledger, error);
}

}  // namespace hakmem::cli
