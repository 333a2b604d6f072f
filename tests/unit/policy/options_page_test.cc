// options_page_test.cc: docs/options.md is what the option table says.
//
// The page is written by this test: after a change of the table, run it with
// HAKMEM_WRITE_OPTIONS_PAGE=1 and commit the page with the table.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "policy/options.h"

namespace hakmem::policy {
namespace {

const std::string page_path = std::string(HAKMEM_DOCS_DIR) + "/options.md";

// Within a Markdown table, a bar would end the cell.
std::string cell(const std::string& text) {
  std::string escaped;
  for (const char character : text) {
    if (character == '|') escaped += '\\';
    escaped += character;
  }
  return escaped;
}

std::string range_of(const Option& option) {
  Printer printer;
  print_range(printer, option);
  return printer.text();
}

std::string value_in(Profile profile, const Option& option) {
  Printer printer;
  print_value(printer, option, option_value(profile_snapshot(profile), option.id));
  return printer.text();
}

const char* type_name(OptionType type) {
  switch (type) {
    case OptionType::flag:
      return "flag";
    case OptionType::number:
      return "number";
    case OptionType::bytes:
      return "bytes";
    case OptionType::mask:
      return "mask";
    case OptionType::choice:
      return "choice";
  }
  return "";
}

std::string rendered_page() {
  std::ostringstream page;
  page << R"(# Options

<!-- Written by tests/unit/policy/options_page_test.cc from src/policy/options.h. -->

Options are environment variables, read once at the start of the program and ignored in programs
that run with raised privileges. A value that is not understood is answered with one line on
standard error, and the default is used. An empty value counts as unset. `hakmem options` prints this
table; `hak_get_option` (hakmem.h) gives a value in force.

A flag is `1` or `0` (also on/off, yes/no, true/false); bytes take a suffix `K`, `M` or `G`; numbers
and masks may be hexadecimal after `0x`; words are taken in any case.

## Profiles

`HAKMEM_PROFILE` chooses where all other options start from.

| profile | other names | trades |
|---|---|---|
)";
  for (unsigned i = 0; i < profile_count; ++i) {
    page << "| `" << profile_names[i].name.c_str() << "` | ";
    for (unsigned other = profile_count; other < profile_names.size(); ++other) {
      const ProfileName& known = profile_names[other];
      if (known.available && known.profile == profile_names[i].profile) {
        page << '`' << known.name.c_str() << "` ";
      }
    }
    page << "| " << profile_trades[i].c_str() << " |\n";
  }
  page << "\nKnown names of profiles that this version does not have, answered with a line and "
          "`balanced`:";
  for (const ProfileName& known : profile_names) {
    if (!known.available) page << " `" << known.name.c_str() << '`';
  }
  page << ".\n\n## Table\n\n| variable | type | range |";
  for (unsigned i = 0; i < profile_count; ++i) page << ' ' << profile_names[i].name.c_str() << " |";
  page << " what it does |\n|---|---|---|---|---|---|---|\n";
  for (const Option& option : options) {
    page << "| `" << option.variable.c_str() << "` | " << type_name(option.type) << " | `"
         << cell(range_of(option)) << "` |";
    for (unsigned i = 0; i < profile_count; ++i) {
      page << ' ' << value_in(static_cast<Profile>(i), option) << " |";
    }
    page << ' ' << cell(option.help.c_str()) << " |\n";
  }
  page << R"(
## Bands

| bit | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |
|---|---|---|---|---|---|---|---|---|---|
| band | C0 | C1 | C2 | C3 | C4 | C5 | C6 | C7 | pool |
| sizes up to | 8 | 16 | 32 | 64 | 128 | 256 | 768 | 1024 | 52 KiB |
)";
  return page.str();
}

TEST(OptionsPage, is_what_the_table_says) {
  if (std::getenv("HAKMEM_WRITE_OPTIONS_PAGE") != nullptr) {
    std::ofstream(page_path) << rendered_page();
  }
  std::ifstream file(page_path);
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(page, rendered_page());
}

}  // namespace
}  // namespace hakmem::policy
