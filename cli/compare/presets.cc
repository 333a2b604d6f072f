// presets.cc: named sets of subjects.
#include "compare/presets.h"

#include "launch/executable.h"
#include "launch/installation.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

Subject python() {
  Subject subject;
  subject.name = "python3";
  subject.command = {find_system_executable("python3").string(), "-s", "-S",
                     find_program_input("objects.py").string()};
  // Its own small-object allocator would hide malloc; hashes must not differ from run to run. Not
  // isolated (-I): that would ignore both.
  subject.environment = {"PYTHONMALLOC=malloc", "PYTHONHASHSEED=0"};
  subject.same_output = true;
  return subject;
}

Subject compiler() {
  Subject subject;
  subject.name = "g++";
  subject.command = {
      find_system_executable("g++").string(),     "-std=c++20", "-O1", "-S", "-o", "-",
      find_program_input("templates.cc").string()};
  subject.judged_process = "cc1plus";
  subject.same_output = true;
  return subject;
}

Subject sqlite() {
  Subject subject;
  subject.name = "sqlite3";
  subject.command = {find_system_executable("sqlite3").string(), "-batch",
                     ":memory:", ".read " + find_program_input("tables.sql").string()};
  subject.same_output = true;
  return subject;
}

Subject redis() {
  Subject subject;
  subject.name = "redis-server";
  subject.kind = SubjectKind::redis;
  subject.command = {find_system_executable("redis-server").string(),
                     "--port",
                     "0",
                     "--save",
                     "",
                     "--appendonly",
                     "no",
                     "--daemonize",
                     "no"};
  subject.load = {find_system_executable("redis-benchmark").string(),
                  "-t",
                  "set,get,lpush,sadd,hset,zadd",
                  "-n",
                  "100000",
                  "-r",
                  "100000",
                  "-d",
                  "100",
                  "-c",
                  "20",
                  "-P",
                  "16",
                  "-q"};
  return subject;
}

}  // namespace

std::vector<Subject> preset_subjects(const std::string& name) {
  if (name == "quickstart") return {python(), compiler(), sqlite(), redis()};
  throw UserError("no preset '" + name + "'; there is: quickstart");
}

}  // namespace hakmem::cli
