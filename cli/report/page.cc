// page.cc: puts page.html together.
#include "report/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <string_view>

#include "result/named_result.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string read_part(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file && errno == ENOENT && path.filename() == "charts.js") {
    throw UserError(path.string() +
                    " is not there; it is made with npm (Debian packages nodejs, npm) by: cmake "
                    "--build TREE --target hakmem_report_assets; then install again");
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    throw UserError(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
  }
  return text;
}

// A row's good samples are in its figures; of thousands, a page shows those that failed. What is in
// no figure is how much memory a workload held from phase to phase: that is kept of counted runs.
void drop_good_samples(Json& rows) {
  for (Json& row : rows) {
    Json failed = Json::array();
    Json phases = Json::array();
    for (Json& sample : row.at("samples")) {
      if (sample.at("verdict") != "ok") {
        failed.push_back(std::move(sample));
      } else if (sample.value("counted", false) && sample.contains("figures") &&
                 sample["figures"].contains("phases")) {
        phases.push_back({{"allocator", sample.at("allocator")},
                          {"phases", std::move(sample["figures"]["phases"])}});
      }
    }
    row["samples"] = std::move(failed);
    if (!phases.empty()) row["phases"] = std::move(phases);
  }
}

Json shown_document(Json document) {
  if (document.contains("rows")) drop_good_samples(document["rows"]);
  if (!document.contains("links")) return document;
  for (Json& link : document["links"]) {
    for (const char* const rows : {"screening_rows", "rows"}) {
      if (link.contains(rows)) drop_good_samples(link[rows]);
    }
  }
  return document;
}

// Throws if the document lacks what its kind must have.
void require_shape(const Json& document) {
  const std::string kind = document.at("kind");
  if (kind == "compare") {
    document.at("base");
    document.at("allocators");
    for (const Json& row : document.at("rows")) row.at("name"), row.at("cells"), row.at("samples");
  } else if (kind == "ab") {
    document.at("decision");
    document.at("gate");
  } else if (kind == "soak") {
    document.at("workload");
    document.at("allocators");
  } else if (kind == "counts") {
    for (const Json& allocator : document.at("allocators")) allocator.at("calls");
  } else if (kind == "health") {
    document.at("checks");
  } else {
    throw UserError("kind " + kind + "; this version shows compare, ab, soak, counts and health");
  }
}

Json page_data(const std::vector<NamedResult>& results) {
  Json data = Json::array();
  for (const NamedResult& result : results) {
    try {
      require_shape(result.document);
      data.push_back({{"file", result.file}, {"document", shown_document(result.document)}});
    } catch (const UserError& error) {
      throw UserError(result.file + ": " + error.what());
    } catch (const nlohmann::json::exception& error) {
      throw UserError(result.file + ": not a result as docs/results.md says: " + error.what());
    }
  }
  return data;
}

}  // namespace

std::string json_for_script(const Json& json) {
  std::string text;
  // Outside of strings JSON has no '<'.
  for (const char character : json.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (character == '<') {
      text += "\\u003c";
    } else {
      text += character;
    }
  }
  return text;
}

std::string report_page(const std::vector<NamedResult>& results, const fs::path& parts) {
  const Json data = page_data(results);
  const std::string page = read_part(parts / "page.html");
  // What page.html names in these forms is put inside it.
  const std::regex reference(
      R"re(<link rel="stylesheet" href="([^"]+)" ?/?>|<script src="([^"]+)"></script>)re"
      R"re(|(<script id="results" type="application/json">)</script>)re");
  std::string whole;
  auto rest = page.cbegin();
  for (std::sregex_iterator match(page.begin(), page.end(), reference), end; match != end;
       ++match) {
    whole.append(rest, (*match)[0].first);
    if ((*match)[1].matched) {
      whole += "<style>\n" + read_part(parts / (*match)[1].str()) + "</style>";
    } else if ((*match)[2].matched) {
      whole += "<script>\n" + read_part(parts / (*match)[2].str()) + "</script>";
    } else {
      whole += (*match)[3].str() + json_for_script(data) + "</script>";
    }
    rest = (*match)[0].second;
  }
  return whole.append(rest, page.cend());
}

}  // namespace hakmem::cli
