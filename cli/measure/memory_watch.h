// memory_watch.h: the peak of all that descends from a process, which is not counted itself: of a
// child's launcher, whose descendants are the child and all that it started.
//
// Pages they share must count once: the figure is the sum of their proportional shares (PSS), taken
// 20 times a second. What lives shorter than that is not seen; the peak of a single process is
// better asked of the kernel, which misses nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace hakmem::cli {

class MemoryWatch {
 public:
  static constexpr double interval_seconds = 0.05;

  explicit MemoryWatch(pid_t ancestor) : ancestor_(ancestor) {}

  void look();
  [[nodiscard]] std::uint64_t peak_bytes() const { return peak_bytes_; }

 private:
  pid_t ancestor_;
  std::uint64_t peak_bytes_ = 0;
};

}  // namespace hakmem::cli
