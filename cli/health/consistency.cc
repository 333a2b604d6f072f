// consistency.cc: the identities between printed numbers.
#include "health/consistency.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string>

#include "user_error.h"

namespace hakmem::cli {

namespace {

// One side of an identity: terms with their names.
class Sum {
 public:
  Sum(const PrintedStatistics& statistics, const char* block) : of_(statistics), block_(block) {}

  Sum& in(const char* block) {
    block_ = block;
    return *this;
  }
  Sum& add(const char* field) { return add(field, field); }
  Sum& add(const char* field, const char* name) {
    const std::uint64_t number = of_.sum(block_, field);
    value_ += number;
    text_ += fmt::format("{}{} {}", text_.empty() ? "" : " + ", name, number);
    return *this;
  }

  [[nodiscard]] std::uint64_t value() const { return value_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  const PrintedStatistics& of_;
  const char* block_;
  std::uint64_t value_ = 0;
  std::string text_;
};

HealthFinding equal(const char* name, const Sum& left, const Sum& right) {
  const bool passed = left.value() == right.value();
  std::string detail = left.text() + (passed ? " = " : " is not ") + right.text();
  if (!passed) {
    detail += fmt::format(" (off by {})", static_cast<std::int64_t>(left.value() - right.value()));
  }
  return {name, passed, detail};
}

constexpr const char* memory = "MEMORY_STATS";
constexpr const char* bands = "BAND_STATS";
constexpr const char* allocations = "ALLOC_GATE_STATS";
constexpr const char* frees = "FREE_PATH_STATS";
constexpr const char* dispatch = "FREE_DISPATCH_STATS";

void check_memory(const PrintedStatistics& s, std::vector<HealthFinding>& findings) {
  findings.push_back(
      equal("live bytes are those of bands and large blocks",
            Sum(s, memory).add("live_bytes", "live").add("kept_bytes", "kept"),
            Sum(s, bands).add("live_bytes", "bands").in(memory).add("large_bytes", "large")));
  findings.push_back(equal("page bytes are those of bands",
                           Sum(s, memory).add("page_bytes", "pages"),
                           Sum(s, bands).add("page_bytes", "bands")));
  const std::uint64_t errors = s.sum(memory, "errors");
  findings.push_back({"no wrong pointer", errors == 0, fmt::format("errors {}", errors)});
}

void check_freed(const PrintedStatistics& s, std::vector<HealthFinding>& findings) {
  // What libc keeps for the program's own life: a buffer for each stream, a little for each thread.
  constexpr std::uint64_t few_blocks = 100;
  const std::uint64_t live = s.sum(memory, "live_blocks");
  findings.push_back({"all is freed", live <= few_blocks, fmt::format("live blocks {}", live)});
}

void check_calls(const PrintedStatistics& s, std::vector<HealthFinding>& findings) {
  const auto allocation_calls = [&s] { return Sum(s, allocations).add("calls", "allocations"); };
  const auto free_calls = [&s] { return Sum(s, frees).add("calls", "frees"); };
  findings.push_back(equal("allocations are the sum of their paths", allocation_calls(),
                           Sum(s, allocations).add("bin").add("pool").add("large").add("refill")));
  findings.push_back(equal("frees are the sum of their paths", free_calls(),
                           Sum(s, frees)
                               .add("ultra")
                               .add("core")
                               .add("home")
                               .add("large")
                               .add("outside")
                               .add("foreign")
                               .add("legacy")));
  findings.push_back(equal("frees are the hot and the cold ones", free_calls(),
                           Sum(s, dispatch).add("hot").add("cold")));
  // Blocks of libc's that were given to us to free had never been allocated here.
  findings.push_back(equal("allocations are frees and live blocks",
                           allocation_calls().in(frees).add("foreign"),
                           free_calls().in(memory).add("live_blocks", "live")));
}

}  // namespace

std::vector<HealthFinding> check_consistency(const PrintedStatistics& statistics,
                                             const Expected& expected) {
  std::vector<HealthFinding> findings;
  const auto fail = [&findings](std::string why) {
    findings.push_back({"statistics are printed", false, std::move(why)});
    return findings;
  };
  if (const std::size_t lines = statistics.lines(memory); lines != 1) {
    return fail(fmt::format("{} lines [{}] instead of one", lines, memory));
  }
  const bool has_calls = statistics.lines(allocations) != 0;
  if (expected.counts_calls && !has_calls) return fail("no calls are counted");
  try {
    check_memory(statistics, findings);
    if (expected.frees_everything) check_freed(statistics, findings);
    if (has_calls) check_calls(statistics, findings);
  } catch (const UserError& error) {
    return fail(error.what());
  }
  return findings;
}

}  // namespace hakmem::cli
