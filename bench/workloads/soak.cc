// soak.cc: what random_mixed does, for a long time, second by second.
//
// Prints a line of JSON for each epoch, which is a second: operations, time, memory and page
// faults; then one for each kind of call with its latencies; then the line that every workload
// prints.
//   slice=S   after S seconds the same accesses run for S seconds on blocks packed at their exact
//             sizes, without allocation, and so in turn; 0: never
//   epoch=E   an epoch is E seconds
// In every tenth epoch of the subject one of 1,024 calls of malloc and of free is timed; its
// throughput does not count. What the program needs for that exists before the first epoch. It asks
// the kernel for nothing while an epoch runs. SIGTERM ends it early,
// with all its lines.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/clock.h"
#include "support/cycle_clock.h"
#include "support/latency_bins.h"
#include "support/mixed.h"
#include "support/report.h"

namespace {

using workload::Addresses;
using workload::AllocatedBlocks;
using workload::Arguments;
using workload::CycleClock;
using workload::Fill;
using workload::LatencyBins;
using workload::MappedArray;
using workload::MixedParameters;
using workload::PackedBlocks;
using workload::Report;
using workload::Result;
using workload::Slot;
using workload::Step;
using workload::UniformDraw;

constexpr uint64_t steps_per_look = 4096;  // at the clock
constexpr uint64_t epochs_per_latency = 10;
constexpr uint64_t latency_epoch = 4;  // of them
constexpr uint32_t calls_per_sample = 1024;

volatile sig_atomic_t stopped = 0;

void stop(int) { stopped = 1; }

// Times one of so many calls.
class Stopwatch {
 public:
  template <class Call>
  [[gnu::always_inline]] auto time(Call call) {
    if (--calls_left_ != 0) [[likely]]
      return call();
    calls_left_ = calls_per_sample;
    const uint64_t start = CycleClock::ticks();
    const auto result = call();
    bins_.add(clock_.between(start, CycleClock::ticks()));
    return result;
  }

  void print(const char* call) const { bins_.print(call, clock_.cost_ns()); }

 private:
  uint32_t calls_left_ = calls_per_sample;
  CycleClock clock_;
  LatencyBins bins_;
};

class TimedBlocks {
 public:
  static constexpr bool is_floor = false;
  explicit TimedBlocks(AllocatedBlocks& blocks) : blocks_(blocks) {}

  Slot take(const Step& step) {
    return malloc_.time([&] { return blocks_.take(step); });
  }
  void give(void* block) {
    free_.time([&] {
      blocks_.give(block);
      return 0;
    });
  }
  size_t mark_slot(size_t slot) const { return slot; }

  void print() const {
    malloc_.print("malloc");
    free_.print("free");
  }

 private:
  AllocatedBlocks& blocks_;
  Stopwatch malloc_;
  Stopwatch free_;
};

// What the kernel knows of the process.
class ProcessFigures {
 public:
  ProcessFigures() : file_(open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) {}

  uint64_t rss_bytes() const {
    char text[128];
    const ssize_t length = pread(file_, text, sizeof(text) - 1, 0);
    if (length <= 0) return 0;
    text[length] = '\0';
    unsigned long long pages = 0;
    if (sscanf(text, "%*u %llu", &pages) != 1) return 0;
    return pages * page_bytes_;
  }

  static rusage usage() {
    rusage now = {};
    getrusage(RUSAGE_SELF, &now);
    return now;
  }

 private:
  int file_;
  uint64_t page_bytes_ = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
};

template <Fill fill>
class Soak {
 public:
  Soak(const MixedParameters& p, double seconds, double slice_seconds, double epoch_seconds)
      : seconds_(seconds),
        slice_seconds_(slice_seconds),
        epoch_seconds_(epoch_seconds),
        draw_(p),
        blocks_(p, draw_),
        timed_(blocks_),
        slots_(p.ws),
        floor_draw_(p),
        floor_(p, floor_draw_),
        floor_slots_(p.ws),
        ws_(p.ws),
        smallest_(p.min) {}

  Result run() {
    setvbuf(stdout, buffer_, _IOFBF, sizeof(buffer_));
    start_ = workload::now_seconds();
    usage_ = ProcessFigures::usage();
    Result result;
    for (uint64_t number = 0; stopped == 0;) {
      const double elapsed = workload::now_seconds() - start_;
      if (elapsed >= seconds_) break;
      if (slice_seconds_ > 0 && static_cast<uint64_t>(elapsed / slice_seconds_) % 2 != 0) {
        run_epoch("floor", floor_draw_, floor_, floor_slots_);
        continue;
      }
      const bool is_latency = number++ % epochs_per_latency == latency_epoch;
      const Epoch epoch = is_latency ? run_epoch("latency", draw_, timed_, slots_)
                                     : run_epoch("subject", draw_, blocks_, slots_);
      steps_ += epoch.operations;
      if (is_latency) continue;
      result.operations += epoch.operations;
      result.seconds += epoch.seconds;
    }
    timed_.print();
    addresses_.judge(smallest_);
    result.set_steps(steps_, workload::empty_slots<fill>(ws_, blocks_, slots_));
    return result;
  }

 private:
  struct Epoch {
    uint64_t operations = 0;
    double seconds = 0;
  };

  template <class Blocks>
  [[gnu::noinline]] Epoch run_epoch(const char* slice, UniformDraw& draw, Blocks& blocks,
                                    MappedArray<Slot>& slots) {
    Epoch epoch;
    const double start = workload::now_seconds();
    while (epoch.seconds < epoch_seconds_ && stopped == 0) {
      const Addresses some = workload::run_steps<fill>(steps_per_look, draw, blocks, slots);
      if constexpr (!Blocks::is_floor) addresses_.note(some);
      epoch.operations += steps_per_look;
      epoch.seconds = workload::now_seconds() - start;
    }
    print(slice, start - start_, epoch);
    return epoch;
  }

  void print(const char* slice, double start, const Epoch& epoch) {
    const rusage now = ProcessFigures::usage();
    printf(
        "{\"epoch\":{\"start\":%.3f,\"slice\":\"%s\",\"operations\":%llu,\"seconds\":%.9f,"
        "\"rss_bytes\":%llu,\"minor_faults\":%ld,\"major_faults\":%ld}}\n",
        start, slice, static_cast<unsigned long long>(epoch.operations), epoch.seconds,
        static_cast<unsigned long long>(figures_.rss_bytes()), now.ru_minflt - usage_.ru_minflt,
        now.ru_majflt - usage_.ru_majflt);
    fflush(stdout);
    usage_ = now;
  }

  double seconds_;
  double slice_seconds_;
  double epoch_seconds_;
  UniformDraw draw_;
  AllocatedBlocks blocks_;
  TimedBlocks timed_;
  MappedArray<Slot> slots_;
  UniformDraw floor_draw_;
  PackedBlocks floor_;
  MappedArray<Slot> floor_slots_;
  size_t ws_;
  size_t smallest_;
  Addresses addresses_;
  ProcessFigures figures_;
  rusage usage_ = {};
  double start_ = 0;
  uint64_t steps_ = 0;
  char buffer_[1 << 15];
};

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments("soak", argc, argv);
  Report report(arguments);
  const uint64_t seconds = arguments.number("seconds", 60, 1, 100'000'000);
  const uint64_t slice = arguments.number("slice", 0, 0, 100'000'000);
  const uint64_t epoch = arguments.number("epoch", 1, 1, 100'000'000);
  const MixedParameters p = workload::ask_for_mixed(arguments);
  arguments.done();

  struct sigaction action = {};
  action.sa_handler = stop;
  sigaction(SIGTERM, &action, nullptr);
  report.print(workload::with_fill(report.verify(), [&](auto fill) {
    return Soak<fill()>(p, static_cast<double>(seconds), static_cast<double>(slice),
                        static_cast<double>(epoch))
        .run();
  }));
  return 0;
}
