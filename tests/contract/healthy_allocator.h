// healthy_allocator.h: for the end of a scenario: whatever was done before, the allocator works and
// its structures are whole.
#pragma once

#include <vector>

#include "scenario.h"
#include "subject.h"

namespace contract {

inline void require_a_healthy_allocator() {
  std::vector<void*> blocks;
  for (unsigned i = 0; i < 500; ++i) {
    for (const std::size_t bytes : {16UL, 64UL, 1000UL, 4096UL, 40'000UL, 200'000UL}) {
      void* const block = subject().malloc(bytes);
      require(block != nullptr, "there is memory");
      blocks.push_back(block);
    }
  }
  for (void* const block : blocks) subject().free(block);
  subject().trim(0);
  require(subject().check_invariants() == 0, "the structures are whole");
}

}  // namespace contract
