// callgrind.cc: runs callgrind and reads its profiles.
//
// A profile is lines of name=value, which say what the next costs belong to, and of costs: a place
// and a number of instructions. A line `calls=` says that the next cost is that of a call.
#include "counts/callgrind.h"

#include <fstream>
#include <sstream>

#include "counts/tool_run.h"
#include "measure/allocator.h"
#include "measure/temporary_folder.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

constexpr const char* unknown_object = "???";

bool is_cost(const std::string& line) {
  return !line.empty() && line.front() >= '0' && line.front() <= '9';
}

// Returns the cost; where it is none at all callgrind leaves it out.
std::uint64_t cost_of(const std::string& line) {
  std::istringstream words(line);
  std::uint64_t place = 0;
  std::uint64_t cost = 0;
  words >> place >> cost;
  return cost;
}

class ProfileReader {
 public:
  void read(const std::string& line) {
    if (is_cost(line)) {
      if (is_call_) add_call(cost_of(line));
      return;
    }
    const std::size_t end = line.find_first_of("=:");
    if (end == std::string::npos) return;
    const std::string key = line.substr(0, end);
    const std::string value = line.substr(end + 1);
    if (key == "ob") {
      object_ = value;
    } else if (key == "fn") {
      function_ = value;
    } else if (key == "cob") {
      called_object_ = value;
    } else if (key == "calls") {
      is_call_ = true;
    } else if (key == "totals") {
      profile_.instructions = std::stoull(value);
      is_whole_ = true;
    }
  }

  [[nodiscard]] bool is_whole() const { return is_whole_; }
  [[nodiscard]] const Profile& profile() const { return profile_; }

 private:
  void add_call(std::uint64_t cost) {
    CallsFrom& calls = profile_.calls[function_];
    calls.instructions += cost;
    // Within an object the called one is not named again.
    const std::string& object = called_object_.empty() ? object_ : called_object_;
    if (object != unknown_object) calls.objects.insert(object);
    called_object_.clear();
    is_call_ = false;
  }

  Profile profile_;
  std::string object_;
  std::string function_;
  std::string called_object_;
  bool is_call_ = false;
  bool is_whole_ = false;
};

}  // namespace

Profile parse_profile(std::istream& text) {
  ProfileReader reader;
  for (std::string line; std::getline(text, line);) reader.read(line);
  if (!reader.is_whole()) throw UserError("callgrind's profile is not whole");
  return reader.profile();
}

// Valgrind 3.19 cannot read what clang 14 writes, and says so in ten lines.
std::string remedy_for(const std::string& errors) {
  if (errors.find("debuginfo reader: ") == std::string::npos) return {};
  const std::size_t start = errors.find('"');
  const std::size_t end = errors.find('"', start + 1);
  const std::string file =
      end == std::string::npos ? "a file" : errors.substr(start + 1, end - start - 1);
  return "valgrind cannot read the debug information of " + file +
         ": a newer one may, or remove it from a copy: objcopy --strip-debug";
}

Sample run_callgrind(const std::vector<std::string>& command, const std::string& function,
                     const Allocator& allocator, double timeout_seconds, Profile& profile) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "profile";
  ChildSpec spec;
  // Only the command line: a settings file of the user's could count something else.
  spec.command = {find_tool("valgrind"),
                  "--command-line-only=yes",
                  "-q",
                  "--tool=callgrind",
                  "--compress-strings=no",
                  "--compress-pos=no",
                  "--callgrind-out-file=" + file.string()};
  if (!function.empty()) spec.command.push_back("--toggle-collect=" + function);
  spec.command.insert(spec.command.end(), command.begin(), command.end());
  spec.preload = allocator.library;
  std::string errors;
  Sample sample = run_under_tool(spec, allocator, timeout_seconds, errors);
  const std::string remedy = remedy_for(errors);
  if (sample.verdict == Verdict::failed && !remedy.empty()) sample.detail = remedy;
  if (sample.verdict == Verdict::ok) {
    std::ifstream text(file);
    profile = parse_profile(text);
  }
  return sample;
}

}  // namespace hakmem::cli
