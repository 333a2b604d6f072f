// pace.h: how much longer rows take than was expected of them.
//
// What is expected follows from a trial under one allocator. The others may be slower, and a
// workload is made longer where its fastest allocator needs it: rows that are over tell how much
// that is, and those to come will not be much different.
#pragma once

namespace hakmem::cli {

class Pace {
 public:
  void note(double expected_seconds, double actual_seconds) {
    expected_seconds_ += expected_seconds;
    actual_seconds_ += actual_seconds;
  }

  // Returns by what an expectation is multiplied; 1 as long as nothing is known.
  [[nodiscard]] double factor() const {
    return expected_seconds_ > 0 ? actual_seconds_ / expected_seconds_ : 1;
  }

 private:
  double expected_seconds_ = 0;
  double actual_seconds_ = 0;
};

}  // namespace hakmem::cli
