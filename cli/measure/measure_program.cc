// measure_program.cc: any program: wall time, peak RSS, and its allocator by its memory map.
#include "measure/allocator_proof.h"
#include "measure/child.h"
#include "measure/measure.h"

namespace hakmem::cli {

namespace {

// FNV-1a: outputs are compared, not protected.
std::uint64_t digest_of(const std::string& text) {
  std::uint64_t digest = 0xcbf29ce484222325;
  for (const char character : text) {
    digest = (digest ^ static_cast<unsigned char>(character)) * 0x100000001b3;
  }
  return digest;
}

}  // namespace

Sample measure_program(const Subject& subject, const Allocator& allocator, double timeout_seconds) {
  Sample sample;
  Child child({subject.command, subject.environment, allocator.library, subject.same_output});
  AllocatorProof proof(child.pid(), subject, allocator);
  while (!child.wait(proof.next_interval())) {
    if (child.age() > timeout_seconds) {
      judge_timeout(child, timeout_seconds, sample);
      return sample;
    }
    proof.look();
  }
  judge_ending(child, sample);
  proof.conclude(sample);
  if (subject.same_output) sample.output_digest = digest_of(child.output());
  return sample;
}

}  // namespace hakmem::cli
