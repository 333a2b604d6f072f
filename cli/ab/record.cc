// record.cc: fills in the template of records.
#include "ab/record.h"

#include <fcntl.h>
#include <fmt/args.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "launch/installation.h"
#include "measure/file_descriptor.h"
#include "measure/interval_text.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string ratio_text(const Json& ratio) {
  if (ratio.is_null()) return "-";
  return interval_text(ratio.at("median"), ratio.at("low"), ratio.at("high"));
}

std::string rows_text(const Json& verdict) {
  std::string text;
  for (const Json& row : verdict.at("rows")) {
    text +=
        fmt::format("| {} | {} | {} | {} | {} |\n", row.at("name").get<std::string>(),
                    row.at("role").get<std::string>(), ratio_text(row.at("cost_ratio")),
                    ratio_text(row.at("peak_rss_ratio")), ratio_text(row.at("after_rss_ratio")));
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

void append_line(const std::filesystem::path& ledger, const std::string& line) {
  const FileDescriptor file(
      ::open(ledger.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666));
  const std::string text = line + "\n";
  // One write to a file opened for appending: two commands do not mix their lines.
  if (!file.is_open() ||
      ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw UserError(
        fmt::format("cannot write the ledger {}: {}", ledger.string(), std::strerror(errno)));
  }
}

}  // namespace hakmem::cli
