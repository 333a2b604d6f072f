// options.h: what users can set, and how a setting becomes part of the snapshot.
//
// Layer policy. Cold. One table: the parser, `hakmem options`, the man page and docs/options.md
// come from it. An option's default is what the chosen profile says, so it is read from the
// profile's snapshot and not written down twice.
// O1  Nothing here allocates, and the tables need no relocation: make_snapshot runs before anything
//     else works.
// O2  make_snapshot is a pure function of what `read` answers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bits.h"
#include "base/print.h"
#include "policy/profiles.h"
#include "policy/snapshot.h"
#include "policy/text.h"

namespace hakmem::policy {

enum class OptionId : std::uint8_t {
  profile,
  stats,
  on_error,
  thp,
  helper,
  purge,
  decay_ms,
  heap_budget,
  heap_kept,
  foreign_budget,
  outbox,
  inbox,
  spare_pages,
  dirty_floor,
  core_bands,  // before ultra_bands: options are applied in this order, and ULTRA goes first
  ultra_bands,
  adaptive_home,
  prewarm,
  arena,
  count,
};

inline constexpr unsigned option_count = static_cast<unsigned>(OptionId::count);

enum class OptionType : std::uint8_t {
  flag,    // 1 or 0, on or off, yes or no, true or false
  number,  // decimal, or hexadecimal after 0x
  bytes,   // a number, with K, M or G for a multiple of 1024, 1024^2, 1024^3
  mask,    // a number whose bit n stands for band n
  choice,  // one of the words, any case
};

struct Option {
  OptionId id;
  OptionType type;
  Text<24> variable;  // in the environment
  std::uint64_t minimum;
  std::uint64_t maximum;
  Text<32> choices;  // the words of a choice, in the order of their enum, with | between
  Text<192> help;

  // As hak_get_option and the command line know it: the variable without HAKMEM_.
  [[nodiscard]] constexpr const char* name() const { return variable.c_str() + 7; }
};

inline constexpr std::uint64_t all_bands = low_bits32(band_count);
inline constexpr std::uint64_t max_budget_bytes = 1 * gib;  // more than a heap should ever keep
inline constexpr std::uint64_t max_spare_pages = 8;
inline constexpr std::uint64_t max_arena_bytes = 64 * 1024 * gib;  // half of the address space

inline constexpr std::array<Option, option_count> options = {{
    {OptionId::profile, OptionType::choice, "HAKMEM_PROFILE", 0, 2, "balanced|speed|lean",
     "what to trade: all options below start from the profile's values"},
    {OptionId::stats, OptionType::flag, "HAKMEM_STATS", 0, 1, "",
     "print statistics to standard error at exit, one line a block"},
    {OptionId::on_error, OptionType::choice, "HAKMEM_ON_ERROR", 0, 2, "ignore|report|abort",
     "what follows a wrong pointer or a double free: nothing, one line, or one line and SIGABRT"},
    {OptionId::thp, OptionType::choice, "HAKMEM_THP", 0, 2, "auto|never|always",
     "huge pages: for dense memory if the system's own setting is always; never; from the start"},
    {OptionId::helper, OptionType::flag, "HAKMEM_HELPER", 0, 1, "",
     "a helper thread may return memory while the program sleeps"},
    {OptionId::purge, OptionType::flag, "HAKMEM_PURGE", 0, 1, "",
     "return free memory to the system without being asked; 0: only malloc_trim does"},
    {OptionId::decay_ms, OptionType::number, "HAKMEM_DECAY_MS", 0, 600'000, "",
     "milliseconds after which half of a past peak is forgotten; 0: memory returns at once"},
    {OptionId::heap_budget, OptionType::bytes, "HAKMEM_HEAP_BUDGET", 0, max_budget_bytes, "",
     "bytes of freed blocks that one thread keeps ready, however small it is"},
    {OptionId::heap_kept, OptionType::number, "HAKMEM_HEAP_KEPT", 0, 100, "",
     "the same as percent of the memory the thread's pages hold; the larger of the two counts"},
    {OptionId::foreign_budget, OptionType::bytes, "HAKMEM_FOREIGN_BUDGET", 0, max_budget_bytes, "",
     "bytes of blocks gathered for all other threads; at most HAKMEM_HEAP_BUDGET"},
    {OptionId::outbox, OptionType::bytes, "HAKMEM_OUTBOX", 64, 1 * mib, "",
     "bytes of blocks gathered for one other thread before they are sent"},
    {OptionId::inbox, OptionType::bytes, "HAKMEM_INBOX", 64, max_budget_bytes, "",
     "bytes waiting for a thread before it is made to look"},
    {OptionId::spare_pages, OptionType::number, "HAKMEM_SPARE_PAGES", 0, max_spare_pages, "",
     "empty pages of 64 KiB that one thread keeps"},
    {OptionId::dirty_floor, OptionType::bytes, "HAKMEM_DIRTY_FLOOR", 0, max_arena_bytes, "",
     "bytes of free memory that may always stay resident"},
    {OptionId::core_bands, OptionType::mask, "HAKMEM_CORE_BANDS", 0, all_bands, "",
     "size bands to serve page by page: bit n for Cn (0x40 is C6), bit 8 for the pool; C0 follows "
     "C1; a band in no mask stays as the profile has it"},
    {OptionId::ultra_bands, OptionType::mask, "HAKMEM_ULTRA_BANDS", 0, all_bands, "",
     "size bands to serve from thread-local bins, bits as in HAKMEM_CORE_BANDS, which it "
     "overrides"},
    {OptionId::adaptive_home, OptionType::flag, "HAKMEM_ADAPTIVE_HOME", 0, 1, "",
     "blocks freed by other threads may be sent home where that is seen to pay"},
    {OptionId::prewarm, OptionType::flag, "HAKMEM_PREWARM", 0, 1, "",
     "fill a thread's bins with whole batches from the first refill on"},
    {OptionId::arena, OptionType::bytes, "HAKMEM_ARENA", 0, max_arena_bytes, "",
     "bytes of address space reserved at the start; 0: by the machine's memory"},
}};

// Returns the value an option has in `snapshot`, as a number: a choice's is its place in the list.
constexpr std::uint64_t option_value(const RouteSnapshot& snapshot, OptionId id) {
  const auto bands_in = [&snapshot](Lane lane) {
    std::uint64_t mask = 0;
    for (unsigned band = 0; band < band_count; ++band) {
      if (snapshot.lanes[band] == lane) mask |= std::uint64_t{1} << band;
    }
    return mask;
  };
  switch (id) {
    case OptionId::profile:
      return static_cast<std::uint64_t>(snapshot.profile);
    case OptionId::stats:
      return snapshot.print_statistics;
    case OptionId::on_error:
      return static_cast<std::uint64_t>(snapshot.on_error);
    case OptionId::thp:
      return static_cast<std::uint64_t>(snapshot.huge_pages);
    case OptionId::helper:
      return snapshot.helper;
    case OptionId::purge:
      return snapshot.purge;
    case OptionId::decay_ms:
      return snapshot.decay_milliseconds;
    case OptionId::heap_budget:
      return snapshot.heap_budget_bytes;
    case OptionId::heap_kept:
      return snapshot.heap_kept_percent;
    case OptionId::foreign_budget:
      return snapshot.foreign_budget_bytes;
    case OptionId::outbox:
      return snapshot.outbox_bytes;
    case OptionId::inbox:
      return snapshot.inbox_bytes;
    case OptionId::spare_pages:
      return snapshot.spare_pages;
    case OptionId::dirty_floor:
      return snapshot.dirty_floor_bytes;
    case OptionId::ultra_bands:
      return bands_in(Lane::ultra);
    case OptionId::core_bands:
      return bands_in(Lane::core);
    case OptionId::adaptive_home:
      return snapshot.adaptive_home;
    case OptionId::prewarm:
      return snapshot.prewarm;
    case OptionId::arena:
      return snapshot.arena_bytes;
    case OptionId::count:
      break;
  }
  return 0;
}

// Appends a value as the parser reads it: 256K, 0x1ff, report.
void print_value(Printer& printer, const Option& option, std::uint64_t value);
// Appends what the option accepts: 0..600000, 0..1G, ignore|report|abort, 0|1.
void print_range(Printer& printer, const Option& option);

// Returns the option called `name`, with or without HAKMEM_, any case; null if there is none.
const Option* find_option(const char* name);

// Writes the value of the option `name` to `buffer`, cut to its size with a closing 0. Returns the
// length of the whole text, 0 if there is no such option.
std::size_t option_text(const RouteSnapshot& snapshot, const char* name, char* buffer,
                        std::size_t buffer_bytes);

// A variable that was not understood, and why.
struct Complaint {
  enum class Reason : std::uint8_t {
    malformed,        // not a value of the option's type
    out_of_range,     // a number beyond minimum..maximum
    not_available,    // the name of a profile that this version does not have
    above_the_whole,  // a part larger than the whole it is a part of
  };
  OptionId option;
  Reason reason;
  const char* value;  // belongs to the environment
};

// At most one complaint an option.
class Complaints {
 public:
  void add(const Complaint& complaint) { items_[count_++] = complaint; }
  [[nodiscard]] unsigned size() const { return count_; }
  [[nodiscard]] const Complaint* begin() const { return items_; }
  [[nodiscard]] const Complaint* end() const { return items_ + count_; }

 private:
  Complaint items_[option_count] = {};
  unsigned count_ = 0;
};

// Answers with a variable's value, null if it is unset; as getenv.
using ReadVariable = const char* (*)(const char* variable);

// Returns the profile's snapshot changed by the options that are set. An empty value counts as
// unset. What is not understood is complained of and changes nothing.
RouteSnapshot make_snapshot(ReadVariable read, Complaints& complaints);

// Appends the complaint's line: the variable, its value, why not, and what is used instead.
void print_complaint(Printer& printer, const Complaint& complaint, const RouteSnapshot& snapshot);

// make_snapshot of the process's environment, each complaint reported on standard error.
RouteSnapshot snapshot_of_environment();

namespace detail {

constexpr bool options_are_valid() {
  for (unsigned i = 0; i < option_count; ++i) {
    const Option& option = options[i];
    if (static_cast<unsigned>(option.id) != i) return false;
    if (option.variable.view().substr(0, 7) != "HAKMEM_") return false;
    if ((option.type == OptionType::choice) == option.choices.view().empty()) return false;
    for (unsigned profile = 0; profile < profile_count; ++profile) {
      const std::uint64_t value =
          option_value(profile_snapshot(static_cast<Profile>(profile)), option.id);
      if (value < option.minimum || value > option.maximum) return false;
    }
  }
  return true;
}

static_assert(options_are_valid(),
              "rows are in the order of the enum and every profile's value is within the range");

}  // namespace detail

}  // namespace hakmem::policy
