// page.h: makes one page of result documents: page.html with everything that it names inside, so
// that it can be sent to somebody and opened without a network.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hakmem::cli {

struct NamedResult;

// Returns the page. `parts`: the folder of page.html and of what it names. Throws if one of them
// cannot be read, or if a result is of a kind that a page does not show.
std::string report_page(const std::vector<NamedResult>& results,
                        const std::filesystem::path& parts);

// Returns the JSON as text that may stand inside a <script> element: no string in it can end that.
std::string json_for_script(const nlohmann::ordered_json& json);

}  // namespace hakmem::cli
