// count_calls.cc: counts the calls that libexec/hakmem/counts/single_calls makes.
#include "counts/count_calls.h"

#include <fmt/format.h>

#include <initializer_list>

#include "counts/callgrind.h"
#include "launch/installation.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

// What the calls of one function of single_calls are to tell.
struct Wanted {
  const char* function;
  std::optional<double>& instructions;
  std::string& failure;
};

class SingleCalls {
 public:
  SingleCalls(std::size_t bytes, const Allocator& allocator, const CountsPlan& plan)
      : bytes_(bytes), allocator_(allocator), plan_(plan) {}

  // Runs the program, with `option` if that is not empty, and fills in what is wanted of it.
  void count(const std::string& option, std::initializer_list<Wanted> all_wanted) const {
    Profile profile;
    const std::string failure = run(option, profile);
    for (const Wanted& wanted : all_wanted) {
      if (failure.empty()) {
        take(profile, wanted);
      } else {
        wanted.failure = failure;
      }
    }
  }

 private:
  // Returns why there is no profile, or nothing. Collecting in the second half of all rounds gives
  // what 2N rounds cost less what N cost.
  std::string run(const std::string& option, Profile& profile) const {
    try {
      std::vector<std::string> command = {
          find_helper("counts/single_calls"), fmt::format("size={}", bytes_),
          fmt::format("batch={}", plan_.batch), fmt::format("rounds={}", plan_.rounds)};
      if (!option.empty()) command.push_back(option);
      return failure_of(
          run_callgrind(command, "second_half", allocator_, plan_.timeout_seconds, profile));
    } catch (const UserError& error) {
      return error.what();
    }
  }

  void take(const Profile& profile, const Wanted& wanted) const {
    const auto found = profile.calls.find(wanted.function);
    if (found == profile.calls.end()) {
      wanted.failure = std::string("callgrind saw no call from ") + wanted.function;
      return;
    }
    for (const std::string& object : found->second.objects) {
      if (object == allocator_.library) continue;
      wanted.failure = fmt::format("{} called into {}", wanted.function, object);
      return;
    }
    const double calls = static_cast<double>(plan_.batch) * plan_.rounds;
    wanted.instructions = static_cast<double>(found->second.instructions) / calls;
  }

  std::size_t bytes_;
  const Allocator& allocator_;
  const CountsPlan& plan_;
};

CallCount named(const char* call, std::size_t bytes) {
  CallCount count;
  count.call = call;
  count.bytes = bytes;
  return count;
}

}  // namespace

std::vector<CallCount> count_calls(std::size_t bytes, const Allocator& allocator,
                                   const CountsPlan& plan) {
  CallCount take = named("malloc", bytes);
  CallCount give = named("free", bytes);
  CallCount clear = named("calloc", bytes);
  CallCount resize = named("realloc", bytes);
  const SingleCalls program(bytes, allocator, plan);
  program.count("", {{"take_by_malloc", take.instructions, take.failure},
                     {"give_by_free", give.instructions, give.failure}});
  program.count("--fifo", {{"take_by_malloc", take.fifo, take.failure},
                           {"give_by_free", give.fifo, give.failure}});
  program.count("--calloc", {{"take_by_calloc", clear.instructions, clear.failure}});
  program.count("--realloc", {{"resize_by_realloc", resize.instructions, resize.failure}});
  return {take, give, clear, resize};
}

}  // namespace hakmem::cli
