// affinity.cc: reads lists of processors.
#include "measure/affinity.h"

#include <fmt/format.h>
#include <sched.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>

#include "user_error.h"

namespace hakmem::cli {

namespace {

// Returns the number that the whole of `text` is, or -1.
int number_in(const std::string& text) {
  int number = -1;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end && number < CPU_SETSIZE ? number : -1;
}

}  // namespace

void pin_to(const std::string& list) {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
    throw UserError(fmt::format("--pin: {}", std::strerror(errno)));
  }
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  std::istringstream ranges(list);
  for (std::string range; std::getline(ranges, range, ',');) {
    const std::size_t dash = range.find('-');
    const int first = number_in(range.substr(0, dash));
    const int last = dash == std::string::npos ? first : number_in(range.substr(dash + 1));
    if (first < 0 || last < first) {
      throw UserError(
          fmt::format("--pin {}: '{}' is no processor or range such as 0-3", list, range));
    }
    for (int cpu = first; cpu <= last; ++cpu) {
      if (!CPU_ISSET(cpu, &allowed)) {
        throw UserError(fmt::format("--pin {}: processor {} is not there or not ours", list, cpu));
      }
      CPU_SET(cpu, &wanted);
    }
  }
  if (CPU_COUNT(&wanted) == 0) throw UserError("--pin: no processor");
  if (::sched_setaffinity(0, sizeof(wanted), &wanted) != 0) {
    throw UserError(fmt::format("--pin {}: {}", list, std::strerror(errno)));
  }
}

}  // namespace hakmem::cli
