// suites.cc: named sets of subjects.
#include "compare/suites.h"

#include <fmt/format.h>

#include <initializer_list>

#include "launch/executable.h"
#include "launch/installation.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

Subject python() {
  Subject subject;
  subject.name = "python3";
  subject.command = {packaged_program("python3", "python3"), "-s", "-S",
                     find_shared_file("programs/objects.py").string()};
  // Its own small-object allocator would hide malloc; hashes must not differ from run to run. Not
  // isolated (-I): that would ignore both.
  subject.environment = {"PYTHONMALLOC=malloc", "PYTHONHASHSEED=0"};
  subject.same_output = true;
  return subject;
}

Subject compiler() {
  Subject subject;
  subject.name = "g++";
  subject.command = {packaged_program("g++", "g++"),
                     "-std=c++20",
                     "-O1",
                     "-S",
                     "-o",
                     "-",
                     find_shared_file("programs/templates.cc").string()};
  subject.judged_process = "cc1plus";
  subject.same_output = true;
  return subject;
}

Subject sqlite() {
  Subject subject;
  subject.name = "sqlite3";
  subject.command = {packaged_program("sqlite3", "sqlite3"), "-batch",
                     ":memory:", ".read " + find_shared_file("programs/tables.sql").string()};
  subject.same_output = true;
  return subject;
}

Subject redis() {
  const std::string client = packaged_program("redis-cli", "redis-tools");
  const std::string benchmark = packaged_program("redis-benchmark", "redis-tools");
  const std::string server = packaged_program("redis-server", "redis-server");
  Subject subject = program_subject(
      std::vector<std::string>{server, "--port", "0", "--unixsocket", "{dir}/redis", "--dir",
                               "{dir}", "--save", "", "--appendonly", "no", "--daemonize", "no"});
  subject.kind = SubjectKind::server;
  subject.load = {benchmark, "-s",     "{dir}/redis", "-t",     "set,get,lpush,sadd,hset,zadd",
                  "-n",      "100000", "-r",          "100000", "-d",
                  "100",     "-c",     "20",          "-P",     "16",
                  "-q"};
  subject.release = {client, "-s", "{dir}/redis", "FLUSHALL"};
  return subject;
}

using Names = std::initializer_list<const char*>;

struct NamedProgram {
  const char* name;
  Subject (*make)();
};

constexpr NamedProgram programs[] = {
    {"python3", python}, {"g++", compiler}, {"sqlite3", sqlite}, {"redis-server", redis}};

void add(Suite& suite, Names workloads) {
  for (const char* const text : workloads) suite.subjects.push_back(parse_workload(text));
}

void add_programs(Suite& suite) {
  for (const NamedProgram& program : programs) {
    suite.subjects.push_back(made_or_problem(program.name, program.make));
  }
}

// A band is a range of sizes that the options speak of: C2 is 17 to 32 bytes, and so on.
constexpr Names mixed = {"random_mixed:ws=400", "random_mixed:ws=8192"};
constexpr Names bands = {"random_mixed:--compat",
                         "random_mixed:min=17,max=32",
                         "random_mixed:min=33,max=64",
                         "random_mixed:min=65,max=128",
                         "random_mixed:min=129,max=256",
                         "random_mixed:min=257,max=768",
                         "random_mixed:min=769,max=1024",
                         "random_mixed:min=1025,max=32768",
                         "random_mixed:min=16,max=65536",
                         "tiny_hot:size=16",
                         "tiny_hot:size=64",
                         "tiny_hot:size=1024",
                         "fifo_hot:size=64",
                         "fifo_hot:size=1024"};
constexpr Names single = {"aligned", "calloc_fresh", "large_blocks", "realloc_growth"};

// Each lane, guard, main and cross with blocks up to 2 KiB, 32 KiB and 128 KiB, with none, half and
// most of the blocks freed by another thread.
void add_remote(Suite& suite, std::initializer_list<int> thread_counts) {
  for (const int threads : thread_counts) {
    for (const int largest : {2048, 32768, 131072}) {
      for (const int percent : {0, 50, 90}) {
        suite.subjects.push_back(parse_workload(
            fmt::format("mt_remote:threads={},max={},remote={}", threads, largest, percent)));
      }
    }
  }
}

constexpr Names threads = {"larson:seconds=1,threads=2", "larson:seconds=1,threads=16",
                           "producer_consumer:pairs=1",  "producer_consumer:pairs=8",
                           "exchange_ring:threads=2",    "exchange_ring:threads=16",
                           "lifo_sizes:threads=2",       "lifo_sizes:threads=16",
                           "mid_large_mt:threads=2",     "mid_large_mt:threads=16",
                           "objects:threads=2",          "stress_phases:threads=2",
                           "stress_phases:threads=16",   "cache_scratch:threads=2",
                           "cache_thrash:threads=2",     "thread_churn"};
constexpr Names memory = {"objects:threads=1,live=1M",
                          "large_blocks",
                          "stress_phases:threads=4",
                          "larson:seconds=1,threads=8",
                          "thread_churn",
                          "realloc_growth",
                          "random_mixed:ws=8192",
                          "server_day:load=8Mi,spike=64Mi"};

constexpr double seconds_per_minute = 60;

// Where there is no time for more: the median of three, whose interval promises little. It is the
// suite `memory` that is for this figure.
constexpr int few_after_rounds = 3;

// A first impression: samples are as long as everywhere, so there is time for few rows and for half
// of the rounds. Under two or three allocators some go on until they are decided.
Suite quick() {
  Suite suite;
  add(suite, {"random_mixed:ws=400", "tiny_hot", "mt_remote:threads=2,remote=50",
              "larson:seconds=1,threads=2", "large_blocks"});
  suite.subjects.push_back(made_or_problem("python3", python));
  suite.rounds = usual_rounds / 2;
  suite.most_rounds = 2 * usual_rounds;
  suite.after_rounds = few_after_rounds;
  suite.budget_seconds = 4.5 * seconds_per_minute;
  return suite;
}

Suite full() {
  Suite suite;
  for (const Names& names : {mixed, bands, single}) add(suite, names);
  add_remote(suite, {2, 16});
  add(suite, threads);
  add(suite, {"objects:threads=1,live=1M", "server_day:load=8Mi,spike=64Mi"});
  add_programs(suite);
  suite.after_rounds = few_after_rounds;
  suite.budget_seconds = 84 * seconds_per_minute;
  return suite;
}

Suite only_threads() {
  Suite suite;
  add(suite, threads);
  add_remote(suite, {1, 2, 4, 16});
  suite.after_rounds = few_after_rounds;
  suite.budget_seconds = 75 * seconds_per_minute;
  return suite;
}

Suite only_memory() {
  Suite suite;
  add(suite, memory);
  add_programs(suite);
  // Memory hardly varies; time is not decided here.
  suite.rounds = usual_rounds / 2;
  suite.most_rounds = suite.rounds;
  suite.budget_seconds = 25 * seconds_per_minute;
  return suite;
}

Suite only_programs() {
  Suite suite;
  add_programs(suite);
  suite.most_rounds = 2 * usual_rounds;
  suite.budget_seconds = 20 * seconds_per_minute;
  return suite;
}

struct NamedSuite {
  const char* name;
  const char* what;
  Suite (*make)();
};

constexpr NamedSuite suites[] = {
    {"quick", "a first impression: six rows, within 5 minutes for five allocators", quick},
    {"full", "all, within 90 minutes for five allocators", full},
    {"threads", "threads and remote frees, within 80 minutes", only_threads},
    {"memory", "resident memory, at its peak and when all was freed", only_memory},
    {"apps", "python3, g++, sqlite3 and redis-server", only_programs},
};

}  // namespace

std::string suite_names() {
  std::string text;
  for (const NamedSuite& suite : suites) {
    text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", suite.name, suite.what);
  }
  return text;
}

Subject parse_row(const std::string& text) {
  for (const NamedProgram& program : programs) {
    if (text == program.name) return program.make();
  }
  return parse_workload(text);
}

Subject parse_row_or_problem(const std::string& text) {
  for (const NamedProgram& program : programs) {
    if (text == program.name) return made_or_problem(program.name, program.make);
  }
  return parse_workload(text);
}

std::string packaged_program(const std::string& name, const std::string& package) {
  try {
    return find_system_executable(name).string();
  } catch (const UserError& error) {
    throw UserError(fmt::format("{} (Debian package {})", error.what(), package), error.status());
  }
}

Subject made_or_problem(const std::string& name, Subject (*make)()) {
  try {
    return make();
  } catch (const UserError& error) {
    Subject subject;
    subject.name = name;
    subject.command = {name};
    subject.problem = error.what();
    return subject;
  }
}

Suite find_suite(const std::string& name) {
  for (const NamedSuite& suite : suites) {
    if (name == suite.name) return suite.make();
  }
  throw UserError("no suite '" + name + "'; there are: " + suite_names());
}

}  // namespace hakmem::cli
