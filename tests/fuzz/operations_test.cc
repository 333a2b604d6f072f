// operations_test.cc: replays the kept inputs, then runs random ones until its time is up.
//
//   operations_test [--seconds N] [--seed N] [FILE or FOLDER...]
// A failing random input is named by its seed; --save FOLDER keeps the inputs instead of dropping
// them, which is how the first kept ones were made.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/operations.h"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t operations_per_check = 500;

char current_input[300];

// Says which input it was that failed, then lets the signal do what it does.
extern "C" void name_input(int signal) {
  static_cast<void>(!write(STDERR_FILENO, current_input, std::strlen(current_input)));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

struct Options {
  std::uint64_t seconds = 5;
  std::uint64_t seed = 1;
  fs::path save;
  std::vector<fs::path> inputs;
};

Options parse(int count, char** arguments) {
  Options parsed;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (!name.starts_with("--")) {
      parsed.inputs.emplace_back(name);
    } else if (i + 1 == count) {
      std::fprintf(stderr, "%s needs a value\n", name.c_str());
      std::exit(2);
    } else if (name == "--seconds") {
      parsed.seconds = std::strtoull(arguments[++i], nullptr, 10);
    } else if (name == "--seed") {
      parsed.seed = std::strtoull(arguments[++i], nullptr, 10);
    } else if (name == "--save") {
      parsed.save = arguments[++i];
    } else {
      std::fprintf(stderr, "unknown option %s\n", name.c_str());
      std::exit(2);
    }
  }
  return parsed;
}

std::vector<std::uint8_t> read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// Returns the files, with folders replaced by what lies in them, in the order of their names.
std::vector<fs::path> files_of(const std::vector<fs::path>& inputs) {
  std::vector<fs::path> files;
  for (const fs::path& input : inputs) {
    if (!fs::is_directory(input)) {
      files.push_back(input);
      continue;
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(input)) {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::uint8_t> random_input(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint8_t> bytes(1 + random() % 20'000);
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random()); });
  return bytes;
}

}  // namespace

int main(int count, char** arguments) {
  const Options options = parse(count, arguments);
  std::signal(SIGABRT, name_input);
  std::signal(SIGSEGV, name_input);
  std::size_t operations = 0;
  const std::vector<fs::path> files = files_of(options.inputs);
  for (const fs::path& file : files) {
    std::snprintf(current_input, sizeof current_input, "input %s\n", file.filename().c_str());
    const std::vector<std::uint8_t> bytes = read(file);
    operations += fuzz::run_operations(bytes.data(), bytes.size(), 1);
  }
  std::uint64_t seed = options.seed;
  const Clock::time_point end = Clock::now() + std::chrono::seconds(options.seconds);
  for (; Clock::now() < end; ++seed) {
    const std::vector<std::uint8_t> bytes = random_input(seed);
    if (!options.save.empty()) {
      std::ofstream stream(options.save / ("random-" + std::to_string(seed)), std::ios::binary);
      stream.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
    }
    std::snprintf(current_input, sizeof current_input, "input of --seed %llu\n",
                  static_cast<unsigned long long>(seed));
    operations += fuzz::run_operations(bytes.data(), bytes.size(), operations_per_check);
  }
  std::printf("operations: inputs=%zu seeds=%llu operations=%zu\n", files.size(),
              static_cast<unsigned long long>(seed - options.seed), operations);
  return 0;
}
