// record.h: what remains of an A/B comparison: a Markdown record and a line in a ledger.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hakmem::cli {

// `result` is a document of kind "ab" (docs/results.md).

// Returns the record, made from the template that is installed.
std::string record_text(const nlohmann::ordered_json& result);

// Returns one line of JSON: what was compared, by which gate, and what came out.
std::string ledger_line(const nlohmann::ordered_json& result);

// Throws if nothing could be appended to the ledger later: before an hour of measuring, not after.
void require_appendable(const std::filesystem::path& ledger);

// Appends a line to a ledger, whole or not at all, also where others append to it.
void append_line(const std::filesystem::path& ledger, const std::string& line);

}  // namespace hakmem::cli
