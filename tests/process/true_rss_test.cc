// true_rss_test.cc: /bin/true under the library holds at most 1 MiB more than under libc.
//
// Arguments: the library, the static launcher peak_rss. The median of eleven runs each, by turns.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "support.h"

namespace {

using process_test::require;

constexpr int run_count = 11;
constexpr long bound_kib = 1024;

long peak_kib(const std::string& launcher, const std::string& library) {
  const process_test::Outcome outcome = process_test::run({launcher, library, "/bin/true"}, {});
  require(outcome.exit_status == 0, "peak_rss ended with %d: %s", outcome.exit_status,
          outcome.err.c_str());
  require(outcome.err.empty(), "true printed: %s", outcome.err.c_str());
  return std::atol(outcome.out.c_str());
}

long median(std::vector<long> values) {
  std::nth_element(values.begin(), values.begin() + run_count / 2, values.end());
  return values[run_count / 2];
}

}  // namespace

int main(int count, char** arguments) {
  require(count == 3, "usage: true_rss_test LIBRARY LAUNCHER");
  std::vector<long> libc;
  std::vector<long> hakmem;
  for (int i = 0; i < run_count; ++i) {
    libc.push_back(peak_kib(arguments[2], ""));
    hakmem.push_back(peak_kib(arguments[2], arguments[1]));
  }
  std::printf("libc_kib=%ld hakmem_kib=%ld\n", median(libc), median(hakmem));
  require(median(libc) > 500, "implausible peak of true under libc");
  require(median(hakmem) <= median(libc) + bound_kib, "true holds too much");
  return 0;
}
