// evidence.h: what result documents hold for the scorecard: rows of comparisons, counts and soaks
// of the own allocator, each with the file that it stands in.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "result/named_result.h"
#include "scorecard/row_figures.h"

namespace hakmem::cli {

// One row of a comparison, seen from its own allocator.
class RowEvidence {
 public:
  RowEvidence(std::string file, std::string own, const nlohmann::ordered_json& row);

  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::string& own() const { return own_; }
  [[nodiscard]] std::string name() const { return row_->at("name"); }
  // What tells the row from others, and is the same in every comparison that has it: its name, and
  // the command that was asked for.
  [[nodiscard]] std::string identity() const;
  // The file name of the workload's program; empty for other people's programs.
  [[nodiscard]] const std::string& workload() const { return workload_; }
  [[nodiscard]] unsigned threads() const { return row_->value("threads", 1U); }
  [[nodiscard]] bool is_mixed() const;
  [[nodiscard]] bool is_server() const { return row_->value("kind", "") == "server"; }
  // Whether it has all the rounds that were wanted: what was cut off says nothing.
  [[nodiscard]] bool is_complete() const { return row_->value("complete", true); }

  [[nodiscard]] bool has(const std::string& allocator) const { return find_cell(allocator); }
  // Why the allocator has no figures, or nothing if no run of it failed.
  [[nodiscard]] std::optional<std::string> failure(const std::string& allocator) const;
  // Returns whether the own allocator has the figure in some sample.
  [[nodiscard]] bool has_own(RowFigure figure) const;
  // The own allocator's ratio to a peer; nothing if one of them failed or lacks the figure.
  [[nodiscard]] std::optional<Ratio> against(const std::string& peer, RowFigure figure) const;
  // Those of `peers` that were not measured in this row, or failed.
  [[nodiscard]] std::vector<std::string> lacking(const std::vector<std::string>& peers) const;
  // The parameters that the workload ran with, those that were not given too, and the switches that
  // were. Both are empty if no run of it ended well.
  [[nodiscard]] nlohmann::ordered_json parameters() const;
  [[nodiscard]] std::vector<std::string> switches() const;
  // The own allocator against the best other; null if there were too few rounds.
  [[nodiscard]] const nlohmann::ordered_json* against_best() const;

 private:
  [[nodiscard]] const nlohmann::ordered_json* find_cell(const std::string& allocator) const;

  std::string file_;
  std::string own_;
  const nlohmann::ordered_json* row_;
  std::string workload_;
};

// A counts or soak document.
struct DocumentEvidence {
  std::string file;
  std::string own;
  const nlohmann::ordered_json* document;

  // Returns what the document has of an allocator, or null.
  [[nodiscard]] const nlohmann::ordered_json* find(const std::string& allocator) const;
};

struct Evidence {
  std::vector<RowEvidence> rows;  // those in which the own allocator was measured
  std::vector<DocumentEvidence> counts;
  std::vector<DocumentEvidence> soaks;
};

// Returns whether a command is the mixture of 16 to 1024 bytes that the targets call Mixed.
bool is_mixed_command(const nlohmann::ordered_json& command);

// The same of a soak's workload: a name and parameters, as words or by name.
bool is_mixed_workload(const nlohmann::ordered_json& workload);

// Returns one row for all that are the same, in several files: one that failed, else one that is
// complete, else the first. In a mean each row is to count once.
std::vector<RowEvidence> each_once(const std::vector<RowEvidence>& rows);

// Returns a ratio as documents hold it.
Ratio parse_ratio(const nlohmann::ordered_json& ratio);

// Returns the ratio in `object`, or nothing if that is null or absent.
std::optional<Ratio> find_ratio(const nlohmann::ordered_json& object, const char* member);

// Returns what a file is called in a scorecard: its name, a result.json with its folder.
std::string short_name(const std::string& file);

// Refers to `results`, which must outlive it. `own` is held against the others where a document
// does not say. Throws, naming the file, if a document is not as docs/results.md says.
Evidence collect_evidence(const std::vector<NamedResult>& results, const std::string& own);

}  // namespace hakmem::cli
