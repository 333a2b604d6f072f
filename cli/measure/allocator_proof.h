// allocator_proof.h: did the program that ran have the allocator it was given?
//
// The proof is its memory map. Children preload exactly one library: if that is mapped and defines
// malloc, malloc is found there before anywhere else, but for the program itself: one that was
// linked with an allocator and offers it to others (jemalloc, tcmalloc) keeps its own, and is told
// by its symbols. Programs may be short: the first looks come quickly, then ever more slowly, and
// none after the proof.
#pragma once

#include <sys/types.h>

#include <string>

#include "measure/allocator.h"
#include "measure/child.h"
#include "measure/sample.h"
#include "measure/subject.h"

namespace hakmem::cli {

class AllocatorProof {
 public:
  AllocatorProof(const Child& child, const Subject& subject, const Allocator& allocator)
      : child_(child), subject_(subject), allocator_(allocator) {}

  void look();
  [[nodiscard]] bool is_complete() const { return proven_; }

  // Returns how long to wait before the next look.
  double next_interval();

  // Writes the outcome into a sample that is ok so far.
  void conclude(Sample& sample) const;

 private:
  void look_at(pid_t pid);

  const Child& child_;
  const Subject& subject_;
  const Allocator& allocator_;
  bool proven_ = false;
  std::string executable_;   // in which it was proven
  bool seen_ready_ = false;  // a map that was complete enough to judge
  double interval_ = 0.0005;
};

}  // namespace hakmem::cli
