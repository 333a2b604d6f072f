// health.cc: the runs of a health check, one after the other.
#include "health/health.h"

#include <fmt/format.h>

#include <map>

#include "health/consistency.h"
#include "health/printed_statistics.h"
#include "measure/allocator_proof.h"
#include "measure/child.h"
#include "measure/interrupt.h"
#include "measure/measure.h"
#include "measure/progress.h"
#include "user_error.h"

namespace hakmem::cli {

namespace {

struct Run {
  Sample sample;
  std::string output;
  std::string errors;
};

// Waits for a program, looking at its memory map. False if it did not end in time.
bool wait_for_program(Child& child, AllocatorProof& proof, double timeout_seconds) {
  while (!child.wait(proof.next_interval())) {
    if (child.age() > timeout_seconds || interrupted() != 0) return false;
    proof.look();
  }
  return true;
}

void run_child(const Subject& subject, const ChildSpec& spec, const Allocator& allocator,
               double timeout_seconds, Run& run) {
  Child child(spec);
  AllocatorProof proof(child, subject, allocator);
  const bool is_workload = subject.kind == SubjectKind::workload;
  const bool ended =
      is_workload ? child.wait(timeout_seconds) : wait_for_program(child, proof, timeout_seconds);
  if (!ended) {
    judge_timeout(child, timeout_seconds, run.sample);
  } else if (is_workload) {
    judge_workload(child, allocator, run.sample);
  } else {
    judge_ending(child, run.sample);
    proof.conclude(run.sample);
  }
  run.output = child.output();
  run.errors = child.errors();
}

Run run_subject(const Subject& subject, const Allocator& allocator,
                const std::vector<std::string>& environment, double timeout_seconds) {
  ChildSpec spec;
  spec.command = subject.command;
  spec.environment = subject.environment;
  spec.environment.insert(spec.environment.end(), environment.begin(), environment.end());
  spec.preload = allocator.library;
  Run run;
  try {
    run_child(subject, spec, allocator, timeout_seconds, run);
  } catch (const UserError& error) {
    run.sample.verdict = Verdict::not_started;
    run.sample.detail = error.what();
  }
  return run;
}

std::vector<std::string> environment_for(const Allocator& flavour, const std::string& profile) {
  std::vector<std::string> variables = {"HAKMEM_PROFILE=" + profile, "HAKMEM_STATS=1"};
  // The helper thread may carry blocks home while they are counted, and they would seem to live.
  if (flavour.name == observe_flavour) variables.emplace_back("HAKMEM_HELPER=0");
  return variables;
}

// What a subject prints under libc, where that must be the same under every allocator.
class Reference {
 public:
  explicit Reference(double timeout_seconds) : timeout_seconds_(timeout_seconds) {}

  const std::string& output_of(const Subject& subject) {
    const auto known = outputs_.find(subject.name);
    if (known != outputs_.end()) return known->second;
    const Run run = run_subject(subject, parse_allocator("libc"), {}, timeout_seconds_);
    if (run.sample.verdict != Verdict::ok && interrupted() == 0) {
      throw UserError(fmt::format("health: {} does not even run under libc: {}", subject.name,
                                  failure_of(run.sample)));
    }
    return outputs_[subject.name] = run.output;
  }

 private:
  double timeout_seconds_;
  std::map<std::string, std::string> outputs_;
};

// Did it end well, with the right allocator, every byte as it was written, or its output as it is
// under libc?
HealthFinding judge_run(const Subject& subject, Run& run, Reference& reference) {
  HealthFinding finding{"runs", false, ""};
  if (run.sample.verdict == Verdict::ok && subject.same_output &&
      run.output != reference.output_of(subject)) {
    run.sample.verdict = Verdict::wrong_output;
    run.sample.detail = "it printed something else than under libc";
  }
  finding.passed = run.sample.verdict == Verdict::ok;
  if (finding.passed) {
    finding.detail =
        subject.same_output ? "prints what it prints under libc" : "every byte verified";
  } else {
    finding.detail = failure_of(run.sample);
  }
  return finding;
}

}  // namespace

std::vector<HealthCheck> check_health(const HealthPlan& plan,
                                      const std::function<void(const HealthCheck&)>& show) {
  std::vector<HealthCheck> checks;
  Progress progress;
  Reference reference(plan.timeout_seconds);
  for (const Allocator& flavour : plan.flavours) {
    for (const std::string& profile : plan.profiles) {
      for (const HealthSubject& checked : plan.subjects) {
        const Subject& subject = checked.subject;
        progress.show(flavour.name + " " + profile, subject.name);
        Run run =
            run_subject(subject, flavour, environment_for(flavour, profile), plan.timeout_seconds);
        std::vector<HealthFinding> findings = {judge_run(subject, run, reference)};
        if (interrupted() != 0) {
          progress.note("interrupted: not all was checked");
          return checks;
        }
        if (findings.front().passed) {
          const Expected expected = {flavour.name == observe_flavour, checked.frees_everything};
          for (HealthFinding& finding :
               check_consistency(PrintedStatistics(run.errors), expected)) {
            findings.push_back(std::move(finding));
          }
        }
        for (const HealthFinding& finding : findings) {
          checks.push_back({profile, flavour.name, subject.name + ": " + finding.name,
                            finding.passed, finding.detail});
          show(checks.back());
        }
      }
    }
  }
  return checks;
}

}  // namespace hakmem::cli
