// evidence.cc: finds in documents what targets are judged by.
#include "scorecard/evidence.h"

#include <algorithm>
#include <filesystem>

#include "user_error.h"

namespace hakmem::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

const Json* find_named(const Json& list, const char* member, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const Json& entry) { return entry.at(member) == name; });
  return found == list.end() ? nullptr : &*found;
}

// A workload says so in its line, too, in documents whose rows have no kind.
bool is_workload(const Json& row) {
  if (row.contains("kind")) return row["kind"] == "workload";
  const Json samples = row.value("samples", Json::array());
  return std::any_of(samples.begin(), samples.end(), [](const Json& sample) {
    return sample.contains("figures") && sample["figures"].contains("workload");
  });
}

std::string own_of(const Json& document, const std::string& usual) {
  const auto own = document.find("own");
  return own != document.end() && own->is_string() ? own->get<std::string>() : usual;
}

void add(Evidence& evidence, const NamedResult& result, const std::string& usual) {
  const Json& document = result.document;
  const std::string kind = document.at("kind");
  const std::string file = short_name(result.file);
  const std::string own = own_of(document, usual);
  if (kind == "compare") {
    for (const Json& row : document.at("rows")) {
      RowEvidence found(file, own, row);
      if (found.has(own)) evidence.rows.push_back(std::move(found));
    }
  } else if (kind == "counts") {
    evidence.counts.push_back({file, own, &document});
  } else if (kind == "soak") {
    evidence.soaks.push_back({file, own, &document});
  }
}

}  // namespace

RowEvidence::RowEvidence(std::string file, std::string own, const Json& row)
    : file_(std::move(file)), own_(std::move(own)), row_(&row) {
  row.at("name");
  row.at("samples");
  for (const Json& cell : row.at("cells")) cell.at("failures");
  if (is_workload(row)) workload_ = fs::path(row.at("command").at(0).get<std::string>()).filename();
}

std::string RowEvidence::identity() const {
  const Json subject = row_->value("subject", Json::object());
  return name() + " " + subject.value("command", Json::array()).dump();
}

bool RowEvidence::is_mixed() const {
  return !workload_.empty() && is_mixed_command(row_->at("command"));
}

const Json* RowEvidence::find_cell(const std::string& allocator) const {
  return find_named(row_->at("cells"), "allocator", allocator);
}

std::optional<std::string> RowEvidence::failure(const std::string& allocator) const {
  const Json* const cell = find_cell(allocator);
  if (cell == nullptr) return "not measured";
  if (cell->at("failures") == 0) return std::nullopt;
  return cell->value("failure", "failed");
}

bool RowEvidence::has_own(RowFigure figure) const { return has_row_figure(*row_, own_, figure); }

std::optional<Ratio> RowEvidence::against(const std::string& peer, RowFigure figure) const {
  if (failure(own_) || failure(peer)) return std::nullopt;
  return ratio_in_row(*row_, own_, peer, figure);
}

std::vector<std::string> RowEvidence::lacking(const std::vector<std::string>& peers) const {
  std::vector<std::string> names;
  std::copy_if(peers.begin(), peers.end(), std::back_inserter(names),
               [this](const std::string& peer) { return failure(peer).has_value(); });
  return names;
}

Json RowEvidence::parameters() const {
  for (const Json& sample : row_->at("samples")) {
    const Json figures = sample.value("figures", Json::object());
    if (figures.contains("parameters")) return figures["parameters"];
  }
  return Json::object();
}

std::vector<std::string> RowEvidence::switches() const {
  std::vector<std::string> words;
  for (const Json& word : row_->at("command")) {
    if (word.get<std::string>().starts_with("--")) words.push_back(word);
  }
  return words;
}

const Json* RowEvidence::against_best() const {
  const auto found = row_->find("against_best");
  return found == row_->end() || found->is_null() ? nullptr : &*found;
}

bool is_mixed_command(const Json& command) {
  if (command.empty()) return false;
  const std::string program = fs::path(command[0].get<std::string>()).filename();
  // A soak's own program draws as random_mixed does.
  if (program != "random_mixed" && program != "soak") return false;
  return std::none_of(command.begin() + 1, command.end(), [](const Json& argument) {
    const std::string word = argument;
    const bool other_sizes = (word.starts_with("min=") && word != "min=16") ||
                             (word.starts_with("max=") && word != "max=1024");
    return other_sizes || word == "--compat";
  });
}

bool is_mixed_workload(const Json& workload) {
  Json command = Json::array({workload.at("name")});
  const Json parameters = workload.value("parameters", Json::array());
  for (const auto& [name, value] : parameters.items()) {
    command.push_back(value.is_string() ? value : Json(name + "=" + value.dump()));
  }
  return is_mixed_command(command);
}

const Json* DocumentEvidence::find(const std::string& allocator) const {
  return find_named(document->at("allocators"), "name", allocator);
}

std::vector<RowEvidence> each_once(const std::vector<RowEvidence>& rows) {
  const auto weight = [](const RowEvidence& row) {
    return row.failure(row.own()) ? 2 : row.is_complete() ? 1 : 0;
  };
  std::vector<RowEvidence> kept;
  for (const RowEvidence& row : rows) {
    const auto same = std::find_if(kept.begin(), kept.end(), [&row](const RowEvidence& other) {
      return other.identity() == row.identity();
    });
    if (same == kept.end()) {
      kept.push_back(row);
    } else if (weight(row) > weight(*same)) {
      *same = row;
    }
  }
  return kept;
}

Ratio parse_ratio(const Json& ratio) {
  const Interval interval = {ratio.at("low"), ratio.at("high"), ratio.at("coverage")};
  return {ratio.at("median"), interval, ratio.at("rounds")};
}

std::optional<Ratio> find_ratio(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return parse_ratio(*found);
}

std::string short_name(const std::string& file) {
  const fs::path path = file;
  const std::string name = path.filename();
  const std::string folder = path.parent_path().filename();
  return name == "result.json" && !folder.empty() ? folder + "/" + name : name;
}

Evidence collect_evidence(const std::vector<NamedResult>& results, const std::string& own) {
  Evidence evidence;
  for (const NamedResult& result : results) {
    try {
      add(evidence, result, own);
    } catch (const nlohmann::json::exception& error) {
      throw UserError(result.file + ": not a result as docs/results.md says: " + error.what());
    }
  }
  return evidence;
}

}  // namespace hakmem::cli
