// health_subject.cc: chooses the programs of a health check.
#include "health/health_subject.h"

#include "launch/executable.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

HealthSubject verified(const std::string& name, const std::string& workload) {
  HealthSubject checked;
  checked.subject = parse_workload(workload);
  checked.subject.name = name;
  checked.subject.command.emplace_back("--verify");
  checked.frees_everything = true;
  return checked;
}

}  // namespace

// Each builds strings of many sizes, keeps some, drops some, and prints a sum over what is left.
const std::vector<RealProgram>& real_programs() {
  static const std::vector<RealProgram> programs = {
      {"sqlite3",
       {"-batch", ":memory:",
        "create table t (k integer primary key, v text);"
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < 60000)"
        " insert into t select i, printf('%.*c', i % 300, 'x') || i from n;"
        "create index by_value on t (v);"
        "delete from t where k % 3 = 0;"
        "update t set v = v || v where k % 5 = 0;"
        "select count(*), sum(length(v)), max(v), group_concat(v) = '' from t;"},
       {}},
      {"python3",
       {"-s", "-S", "-c",
        "kept = {}\n"
        "for i in range(200000):\n"
        "    kept[i * 7919 % 9973] = [str(i) * (i % 50), {i: i}]\n"
        "print(len(kept), sum(len(value[0]) for value in kept.values()))\n"},
       // Its own small-object allocator would hide malloc.
       {"PYTHONMALLOC=malloc", "PYTHONHASHSEED=0"}},
      {"perl",
       {"-e",
        "my %kept; for my $i (0 .. 200000) { $kept{$i * 7919 % 9973} = ['x' x ($i % 300), {$i => "
        "$i}]; }"
        " my $sum = 0; $sum += length($_->[0]) for values %kept;"
        " print scalar(keys %kept), ' ', $sum, \"\\n\";"},
       {"PERL_HASH_SEED=0"}},
  };
  return programs;
}

Subject first_installed(const std::vector<RealProgram>& programs) {
  std::string packages;
  for (const RealProgram& program : programs) {
    packages += (packages.empty() ? "" : " or ") + program.name;
    Subject subject;
    try {
      subject.command = {find_system_executable(program.name)};
      require_preloadable(subject.command.front());
    } catch (const UserError&) {
      continue;
    }
    subject.name = program.name;
    subject.command.insert(subject.command.end(), program.arguments.begin(),
                           program.arguments.end());
    subject.environment = program.environment;
    subject.same_output = true;
    return subject;
  }
  throw UserError("health: no program to run; install one of the Debian packages " + packages);
}

std::vector<HealthSubject> health_subjects() {
  return {
      verified("mixed", "random_mixed:iters=500k"),
      verified("c6_heavy", "random_mixed:iters=500k,min=257,max=768"),
      verified("threads", "mt_remote:iters=200k"),
      {first_installed(real_programs()), false},
  };
}

}  // namespace hakmem::cli
