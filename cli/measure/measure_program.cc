// measure_program.cc: any program: wall time, peak RSS, and its allocator by its memory map.
#include <algorithm>

#include "measure/allocator_proof.h"
#include "measure/child.h"
#include "measure/digest.h"
#include "measure/interrupt.h"
#include "measure/measure.h"
#include "measure/memory_watch.h"

namespace hakmem::cli {

namespace {

Sample measure_once(const Subject& subject, const Allocator& allocator, double timeout_seconds) {
  Sample sample;
  const bool keep_output = subject.same_output || subject.metric.has_value();
  Child child({subject.command, subject.environment, allocator.library, keep_output});
  AllocatorProof proof(child, subject, allocator);
  MemoryWatch memory(child.ancestor());
  while (!child.wait(std::min(proof.next_interval(), MemoryWatch::interval_seconds))) {
    if (child.age() > timeout_seconds || interrupted() != 0) {
      judge_timeout(child, timeout_seconds, sample);
      return sample;
    }
    proof.look();
    if (subject.whole_tree) memory.look();
  }
  judge_ending(child, sample, subject.expected_status);
  if (subject.whole_tree) sample.peak_rss_bytes = memory.peak_bytes();
  judge_metric(child, subject, sample);
  proof.conclude(sample);
  if (subject.same_output) sample.output_digest = digest_of(child.output());
  return sample;
}

}  // namespace

// A program may end before anybody has looked at it, on a busy machine more often: it runs again.
Sample measure_program(const Subject& subject, const Allocator& allocator, double timeout_seconds) {
  constexpr int most_attempts = 10;
  Sample sample;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    sample = measure_once(subject, allocator, timeout_seconds);
    if (sample.verdict != Verdict::unproven || interrupted() != 0) break;
  }
  return sample;
}

}  // namespace hakmem::cli
