// result_file.h: the one JSON document that a measuring command writes (docs/results.md).
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hakmem::cli {

// Goes up when a reader would have to change.
inline constexpr const char* result_schema = "hakmem-result/2";

// Returns the members that every document begins with. `kind`: "compare", "soak", ... It `started`
// when this command did, however often it is made anew.
nlohmann::ordered_json new_result(const std::string& kind);

// Throws if a file could not be made at `path` later: before an hour of measuring, not after.
void require_writable(const std::filesystem::path& path);

// The same for a result, which is not put in the place of another: throws also if something lies
// there, and says what the user can do.
void require_new(const std::filesystem::path& path,
                 const std::string& remedy = "move it away, or name another --out");

// Writes the whole document beside `path` and renames it into place: a full disk or a signal leaves
// what was there before. Throws if that fails.
void write_json(const std::filesystem::path& path, const nlohmann::ordered_json& document);

// The same for a result, which then says when it was `written`.
void write_result(const std::filesystem::path& path, nlohmann::ordered_json result);

// The same for text of any kind.
void write_whole(const std::filesystem::path& path, const std::string& text);

// Returns the document in `path`. Throws, naming the file and what is wrong with it, if it cannot
// be read, is cut short, is no result, or is of another schema.
nlohmann::ordered_json read_result(const std::filesystem::path& path);

}  // namespace hakmem::cli
