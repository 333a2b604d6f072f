// affinity.cc: reads and writes lists of processors.
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

cpu_set_t allowed_processors() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
    throw UserError(fmt::format("sched_getaffinity: {}", std::strerror(errno)));
  }
  return allowed;
}

}  // namespace

void pin_to(const std::string& list) {
  const cpu_set_t allowed = allowed_processors();
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

std::string usable_processors() {
  const cpu_set_t allowed = allowed_processors();
  std::string list;
  for (int first = 0; first < CPU_SETSIZE; ++first) {
    if (!CPU_ISSET(first, &allowed)) continue;
    int last = first;
    while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, &allowed)) ++last;
    if (!list.empty()) list += ",";
    list += first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
    first = last;
  }
  return list;
}

}  // namespace hakmem::cli
