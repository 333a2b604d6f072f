// miscounting_config.h: the observe flavour with a fault: of so many frees one is counted neither
// as it comes in nor by its path. Every sum of paths is right; what was allocated is not what was
// freed and what lives.
#pragma once

#include "configs/baseline.h"
#include "observe/call_counter.h"

namespace hakmem::configs {

class MiscountingCounter : public observe::CallCounter {
 public:
  void count(heap::Call call) {
    if (call == heap::Call::free) {
      loses_this_one_ = ++frees_ % frees_per_loss == 0;
      if (loses_this_one_) return;
    }
    CallCounter::count(call);
  }
  void count(heap::Path path) {
    const bool is_free = path >= heap::Path::free_bin;
    if (is_free && loses_this_one_) {
      loses_this_one_ = false;
      return;
    }
    CallCounter::count(path);
  }

 private:
  static constexpr unsigned frees_per_loss = 100'000;
  unsigned frees_ = 0;
  bool loses_this_one_ = false;
};

struct Active : Baseline {
  using Observer = MiscountingCounter;
};

}  // namespace hakmem::configs
