// arguments.h: the command line of a workload.
//
// Parameters are numbers, given in the order in which the workload asks for them or as name=value,
// which wins: `random_mixed 10M 8192` and `random_mixed ws=8192` both work. Numbers take k, M and G
// (powers of ten) and Ki, Mi and Gi (powers of two). Switches are --words. A wrong command line
// ends the program with exit status 2 and one line that says what is known. --describe, which every
// workload has, prints what it can be asked for as a line of JSON instead of running it.
#pragma once

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace workload {

inline constexpr int exit_bad_arguments = 2;

class Arguments {
 public:
  Arguments(const char* program, int argc, char** argv)
      : program_(program), argc_(argc < max_words ? argc : max_words), argv_(argv) {
    if (argc > max_words) fail("too many arguments", "");
    describe_ = flag("--describe");
  }

  // Returns the parameter `name`, or `fallback` if the command line does not give it.
  uint64_t number(const char* name, uint64_t fallback, uint64_t lowest, uint64_t highest) {
    const char* const by_place = positional(parameter_count_);
    const char* const by_name = named(name);
    const char* const text = by_name != nullptr ? by_name : by_place;
    const uint64_t value = text == nullptr ? fallback : parse(name, text);
    if (value < lowest || value > highest) {
      fprintf(stderr, "%s: %s=%llu: must be from %llu to %llu\n", program_, name,
              static_cast<unsigned long long>(value), static_cast<unsigned long long>(lowest),
              static_cast<unsigned long long>(highest));
      exit(exit_bad_arguments);
    }
    if (parameter_count_ < max_parameters)
      parameters_[parameter_count_++] = {name, fallback, value};
    return value;
  }

  // The same for a parameter that sets a number of threads: a workload without one has one thread.
  uint64_t threads(const char* name, uint64_t fallback, uint64_t highest) {
    single_thread_ = false;
    return number(name, fallback, 1, highest);
  }

  // Returns whether the switch `name`, for example "--floor", was given.
  bool flag(const char* name) {
    if (flag_count_ < max_parameters) flags_[flag_count_++] = name;
    bool given = false;
    for (int i = 1; i < argc_; ++i) {
      if (strcmp(argv_[i], name) == 0) given = used_[i] = true;
    }
    return given;
  }

  // To be called when all has been asked for by number(), threads() and flag(): ends the program if
  // the command line holds a word that was not, or has --describe.
  void done() const {
    for (int i = 1; i < argc_; ++i) {
      if (!used_[i]) fail("unknown argument ", argv_[i]);
    }
    if (!describe_) return;
    describe();
    exit(0);
  }

  [[noreturn]] void fail(const char* problem, const char* word) const {
    fprintf(stderr, "%s: %s%s\nusage: %s", program_, problem, word, program_);
    for (int i = 0; i < flag_count_; ++i) fprintf(stderr, " [%s]", flags_[i]);
    for (int i = 0; i < parameter_count_; ++i) fprintf(stderr, " [%s]", parameters_[i].name);
    fprintf(stderr, "\n");
    exit(exit_bad_arguments);
  }

  const char* program() const { return program_; }
  int parameter_count() const { return parameter_count_; }
  const char* parameter_name(int i) const { return parameters_[i].name; }
  uint64_t parameter_value(int i) const { return parameters_[i].value; }

 private:
  static constexpr int max_words = 64;
  static constexpr int max_parameters = 16;
  struct Parameter {
    const char* name;
    uint64_t fallback;
    uint64_t value;
  };

  void describe() const {
    bool has_floor = false;
    for (int i = 0; i < flag_count_; ++i) has_floor |= strcmp(flags_[i], "--floor") == 0;
    printf("{\"workload\":\"%s\",\"floor\":%s,\"single_thread\":%s,\"parameters\":{", program_,
           has_floor ? "true" : "false", single_thread_ ? "true" : "false");
    for (int i = 0; i < parameter_count_; ++i) {
      printf("%s\"%s\":%llu", i == 0 ? "" : ",", parameters_[i].name,
             static_cast<unsigned long long>(parameters_[i].fallback));
    }
    printf("}}\n");
  }

  const char* named(const char* name) {
    const size_t name_bytes = strlen(name);
    const char* text = nullptr;
    for (int i = 1; i < argc_; ++i) {
      if (strncmp(argv_[i], name, name_bytes) != 0 || argv_[i][name_bytes] != '=') continue;
      used_[i] = true;
      text = argv_[i] + name_bytes + 1;
    }
    return text;
  }

  const char* positional(int wanted) {
    int seen = 0;
    for (int i = 1; i < argc_; ++i) {
      if (argv_[i][0] == '-' || strchr(argv_[i], '=') != nullptr) continue;
      if (seen++ != wanted) continue;
      used_[i] = true;
      return argv_[i];
    }
    return nullptr;
  }

  uint64_t parse(const char* name, const char* text) const {
    char* end = nullptr;
    errno = 0;
    const unsigned long long digits = strtoull(text, &end, 10);
    const uint64_t unit = unit_of(end);
    uint64_t value = 0;
    const bool is_number = text[0] >= '0' && text[0] <= '9' && errno == 0 && unit != 0;
    if (!is_number || __builtin_mul_overflow(static_cast<uint64_t>(digits), unit, &value)) {
      fprintf(stderr, "%s: %s=%s: not a number\n", program_, name, text);
      exit(exit_bad_arguments);
    }
    return value;
  }

  static uint64_t unit_of(const char* suffix) {
    struct Unit {
      const char* suffix;
      uint64_t value;
    };
    static constexpr Unit units[] = {
        {"", 1},
        {"k", 1'000},
        {"M", 1'000'000},
        {"G", 1'000'000'000},
        {"Ki", 1ull << 10},
        {"Mi", 1ull << 20},
        {"Gi", 1ull << 30},
    };
    for (const Unit& unit : units) {
      if (strcmp(unit.suffix, suffix) == 0) return unit.value;
    }
    return 0;
  }

  const char* program_;
  int argc_;
  char** argv_;
  bool used_[max_words] = {};
  bool describe_ = false;
  bool single_thread_ = true;
  Parameter parameters_[max_parameters] = {};
  int parameter_count_ = 0;
  const char* flags_[max_parameters] = {};
  int flag_count_ = 0;
};

}  // namespace workload
