// options.cc: the parser of the option table, and values as text.
#include "policy/options.h"

#include <limits>

#include "os/environment.h"
#include "os/report.h"

namespace hakmem::policy {

namespace {

using Reason = Complaint::Reason;

struct Parsed {
  bool understood = false;
  std::uint64_t value = 0;
  Reason reason = Reason::malformed;  // if not understood
};

constexpr Parsed understood(std::uint64_t value) { return {.understood = true, .value = value}; }

// Returns what the digit stands for, or something beyond every base.
unsigned digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A') + 10;
  return std::numeric_limits<unsigned>::max();
}

unsigned suffix_shift(char suffix) {
  switch (suffix) {
    case 'k':
    case 'K':
      return 10;
    case 'm':
    case 'M':
      return 20;
    case 'g':
    case 'G':
      return 30;
    default:
      return 0;
  }
}

// A number too large for 64 bits is out of any range, not malformed.
Parsed parse_number(const char* text, bool with_suffix) {
  const bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const unsigned base = hexadecimal ? 16 : 10;
  if (hexadecimal) text += 2;
  if (digit_value(*text) >= base) return {};
  std::uint64_t value = 0;
  bool overflow = false;
  for (; digit_value(*text) < base; ++text) {
    overflow |= __builtin_mul_overflow(value, std::uint64_t{base}, &value);
    overflow |= __builtin_add_overflow(value, std::uint64_t{digit_value(*text)}, &value);
  }
  if (with_suffix && suffix_shift(*text) != 0) {
    const unsigned shift = suffix_shift(*text++);
    overflow |= __builtin_mul_overflow(value, std::uint64_t{1} << shift, &value);
  }
  if (*text != 0) return {};
  if (overflow) return {.reason = Reason::out_of_range};
  return understood(value);
}

Parsed parse_flag(const char* text) {
  for (const char* word : {"1", "on", "yes", "true"}) {
    if (same_word(text, word)) return understood(1);
  }
  for (const char* word : {"0", "off", "no", "false"}) {
    if (same_word(text, word)) return understood(0);
  }
  return {};
}

// Appends the word number `index` of a list separated by |.
void print_choice(Printer& printer, const char* choices, std::uint64_t index) {
  for (; index != 0; ++choices) {
    if (*choices == '|') --index;
  }
  for (; *choices != 0 && *choices != '|'; ++choices) printer << *choices;
}

Parsed parse_choice(const Option& option, const char* text) {
  for (std::uint64_t index = 0; index <= option.maximum; ++index) {
    Printer word;
    print_choice(word, option.choices.c_str(), index);
    if (same_word(text, word.text())) return understood(index);
  }
  return {};
}

Parsed parse_profile(const char* text) {
  for (const ProfileName& known : profile_names) {
    if (!same_word(text, known.name.c_str())) continue;
    if (!known.available) return {.reason = Reason::not_available};
    return understood(static_cast<std::uint64_t>(known.profile));
  }
  return {};
}

Parsed parse(const Option& option, const char* text) {
  Parsed parsed;
  switch (option.type) {
    case OptionType::flag:
      parsed = parse_flag(text);
      break;
    case OptionType::number:
    case OptionType::mask:
      parsed = parse_number(text, false);
      break;
    case OptionType::bytes:
      parsed = parse_number(text, true);
      break;
    case OptionType::choice:
      parsed = option.id == OptionId::profile ? parse_profile(text) : parse_choice(option, text);
      break;
  }
  if (parsed.understood && (parsed.value < option.minimum || parsed.value > option.maximum)) {
    return {.reason = Reason::out_of_range};
  }
  return parsed;
}

void set_lanes(RouteSnapshot& snapshot, std::uint64_t bands, Lane lane) {
  for (unsigned band = 0; band < band_count; ++band) {
    if ((bands >> band & 1) != 0) snapshot.lanes[band] = lane;
  }
}

void set_option(RouteSnapshot& snapshot, OptionId id, std::uint64_t value) {
  switch (id) {
    case OptionId::stats:
      snapshot.print_statistics = value != 0;
      break;
    case OptionId::on_error:
      snapshot.on_error = static_cast<OnError>(value);
      break;
    case OptionId::thp:
      snapshot.huge_pages = static_cast<HugePages>(value);
      break;
    case OptionId::helper:
      snapshot.helper = value != 0;
      break;
    case OptionId::purge:
      snapshot.purge = value != 0;
      break;
    case OptionId::decay_ms:
      snapshot.decay_milliseconds = static_cast<unsigned>(value);
      break;
    case OptionId::heap_budget:
      snapshot.heap_budget_bytes = value;
      break;
    case OptionId::heap_kept:
      snapshot.heap_kept_percent = static_cast<unsigned>(value);
      break;
    case OptionId::foreign_budget:
      snapshot.foreign_budget_bytes = value;
      break;
    case OptionId::outbox:
      snapshot.outbox_bytes = value;
      break;
    case OptionId::inbox:
      snapshot.inbox_bytes = value;
      break;
    case OptionId::spare_pages:
      snapshot.spare_pages = static_cast<unsigned>(value);
      break;
    case OptionId::dirty_floor:
      snapshot.dirty_floor_bytes = value;
      break;
    case OptionId::ultra_bands:
      set_lanes(snapshot, value, Lane::ultra);
      break;
    case OptionId::core_bands:
      set_lanes(snapshot, value, Lane::core);
      break;
    case OptionId::adaptive_home:
      snapshot.adaptive_home = value != 0;
      break;
    case OptionId::prewarm:
      snapshot.prewarm = value != 0;
      break;
    case OptionId::arena:
      snapshot.arena_bytes = value;
      break;
    case OptionId::profile:
    case OptionId::count:
      break;
  }
}

// One option on its way from the environment into the snapshot.
class Reader {
 public:
  Reader(ReadVariable read, Complaints& complaints) : read_(read), complaints_(complaints) {}

  // Returns whether the option is set and understood; then its value is in `value`.
  bool understand(OptionId id, std::uint64_t& value) {
    const Option& option = options[static_cast<unsigned>(id)];
    const char* const text = text_of(id);
    if (text == nullptr) return false;
    const Parsed parsed = parse(option, text);
    if (!parsed.understood) {
      complaints_.add({.option = id, .reason = parsed.reason, .value = text});
      return false;
    }
    value = parsed.value;
    return true;
  }

  void complain(OptionId id, Reason reason) {
    complaints_.add({.option = id, .reason = reason, .value = text_of(id)});
  }

 private:
  [[nodiscard]] const char* text_of(OptionId id) const {
    const char* const text = read_(options[static_cast<unsigned>(id)].variable.c_str());
    return text != nullptr && *text != 0 ? text : nullptr;
  }

  ReadVariable read_;
  Complaints& complaints_;
};

// Appends the user's text in a form that stays one readable line.
void print_given(Printer& printer, const char* value) {
  constexpr unsigned enough = 64;
  unsigned length = 0;
  for (; *value != 0 && length < enough; ++value, ++length) {
    printer << (*value >= ' ' && *value <= '~' ? *value : '?');
  }
  if (*value != 0) printer << "...";
}

const char* what_is_expected(OptionType type) {
  switch (type) {
    case OptionType::flag:
      return "neither 1 nor 0";
    case OptionType::number:
      return "not a number";
    case OptionType::bytes:
      return "not a size such as 65536, 64K, 1M or 2G";
    case OptionType::mask:
      return "not a mask such as 0x40";
    case OptionType::choice:
      break;
  }
  return "not one of ";
}

}  // namespace

void print_value(Printer& printer, const Option& option, std::uint64_t value) {
  switch (option.type) {
    case OptionType::flag:
    case OptionType::number:
      printer << value;
      break;
    case OptionType::bytes: {
      unsigned thousands = 0;
      for (; value != 0 && value % kib == 0 && thousands < 3; ++thousands) value /= kib;
      printer << value;
      if (thousands != 0) printer << "KMG"[thousands - 1];
      break;
    }
    case OptionType::mask:
      // As an address is printed: 0x and hexadecimal digits.
      printer << reinterpret_cast<const void*>(value);
      break;
    case OptionType::choice:
      print_choice(printer, option.choices.c_str(), value);
      break;
  }
}

void print_range(Printer& printer, const Option& option) {
  if (option.type == OptionType::flag) {
    printer << "0|1";
  } else if (option.type == OptionType::choice) {
    printer << option.choices.c_str();
  } else {
    print_value(printer, option, option.minimum);
    printer << "..";
    print_value(printer, option, option.maximum);
  }
}

const Option* find_option(const char* name) {
  for (const Option& option : options) {
    if (same_word(name, option.name()) || same_word(name, option.variable.c_str())) return &option;
  }
  return nullptr;
}

std::size_t option_text(const RouteSnapshot& snapshot, const char* name, char* buffer,
                        std::size_t buffer_bytes) {
  const Option* const option = find_option(name);
  if (option == nullptr) return 0;
  Printer printer;
  print_value(printer, *option, option_value(snapshot, option->id));
  const char* const text = printer.text();
  for (std::size_t i = 0; i < buffer_bytes; ++i) {
    buffer[i] = i + 1 < buffer_bytes ? text[i] : '\0';
    if (buffer[i] == 0) break;
  }
  return printer.length();
}

RouteSnapshot make_snapshot(ReadVariable read, Complaints& complaints) {
  Reader reader(read, complaints);
  std::uint64_t value = 0;
  RouteSnapshot snapshot;
  if (reader.understand(OptionId::profile, value)) {
    snapshot = profile_snapshot(static_cast<Profile>(value));
  }

  bool foreign_budget_is_set = false;
  for (const Option& option : options) {
    if (option.id == OptionId::profile || !reader.understand(option.id, value)) continue;
    set_option(snapshot, option.id, value);
    if (option.id == OptionId::foreign_budget) foreign_budget_is_set = true;
  }

  snapshot.lanes[0] = snapshot.lanes[1];  // C0 and C1 share a class
  if (snapshot.foreign_budget_bytes > snapshot.heap_budget_bytes) {
    snapshot.foreign_budget_bytes = snapshot.heap_budget_bytes;
    if (foreign_budget_is_set) {
      reader.complain(OptionId::foreign_budget, Reason::above_the_whole);
    }
  }
  return snapshot;
}

void print_complaint(Printer& printer, const Complaint& complaint, const RouteSnapshot& snapshot) {
  const Option& option = options[static_cast<unsigned>(complaint.option)];
  printer << option.variable.c_str() << '=';
  print_given(printer, complaint.value);
  printer << ": ";
  switch (complaint.reason) {
    case Reason::malformed:
      printer << what_is_expected(option.type);
      if (option.type == OptionType::choice) printer << option.choices.c_str();
      break;
    case Reason::out_of_range:
      printer << "not within ";
      print_range(printer, option);
      break;
    case Reason::not_available:
      printer << "this version does not have that profile";
      break;
    case Reason::above_the_whole:
      printer << "more than HAKMEM_HEAP_BUDGET";
      break;
  }
  printer << "; using ";
  print_value(printer, option, option_value(snapshot, option.id));
}

RouteSnapshot snapshot_of_environment() {
  Complaints complaints;
  const RouteSnapshot snapshot = make_snapshot(os::environment, complaints);
  for (const Complaint& complaint : complaints) {
    Printer line;
    print_complaint(line, complaint, snapshot);
    os::ReportLine() << line.text();
  }
  return snapshot;
}

}  // namespace hakmem::policy
