// statistics.cc: the lines that HAKMEM_STATS=1 prints.
#include "observe/statistics.h"

#include "base/print.h"
#include "os/environment.h"

namespace hakmem::observe {

namespace {

using heap::Call;
using heap::Path;

class Line {
 public:
  Line(int descriptor, const char* block) : descriptor_(descriptor) {
    printer_ << '[' << block << ']';
  }
  ~Line() {
    printer_ << '\n';
    os::write_text(descriptor_, printer_.text(), printer_.length());
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Line& field(const char* name, std::uint64_t value) {
    printer_ << ' ' << name << '=' << value;
    return *this;
  }
  Line& field(const char* name, unsigned band, const char* value) {
    printer_ << ' ' << name << band << '=' << value;
    return *this;
  }

 private:
  int descriptor_;
  Printer printer_;
};

const char* name_of(policy::Lane lane) { return lane == policy::Lane::core ? "CORE" : "ULTRA"; }

// Calls are printed as they came in, not as the sum of their paths: who reads both can compare.
void print_calls(int descriptor, const Details& details) {
  const auto calls = [&](auto kind) { return details.calls_of(kind); };
  const std::uint64_t cold = calls(Path::free_overflow) + calls(Path::free_home) +
                             calls(Path::free_core) + calls(Path::free_large) +
                             calls(Path::free_outside) + calls(Path::free_foreign);
  Line(descriptor, "ALLOC_GATE_STATS")
      .field("calls", calls(Call::allocate))
      .field("bin", calls(Path::allocate_bin))
      .field("pool", calls(Path::allocate_pool))
      .field("large", calls(Path::allocate_large))
      .field("refill", calls(Path::allocate_refill))
      .field("route_calls", 0)
      .field("option_reads", 0);
  Line(descriptor, "FREE_PATH_STATS")
      .field("calls", calls(Call::free))
      .field("ultra", calls(Path::free_bin) + calls(Path::free_overflow))
      .field("core", calls(Path::free_core))
      .field("home", calls(Path::free_home))
      .field("large", calls(Path::free_large))
      .field("outside", calls(Path::free_outside))
      .field("foreign", calls(Path::free_foreign))
      .field("legacy", 0);
  Line(descriptor, "FREE_DISPATCH_STATS")
      .field("hot", calls(Path::free_bin))
      .field("cold", cold)
      .field("overflow", calls(Path::free_overflow));
}

}  // namespace

void print(int descriptor, const Statistics& statistics, const Details& details,
           const policy::RouteSnapshot& snapshot) {
  {
    Line line(descriptor, "POLICY_INIT");
    for (unsigned band = 0; band < policy::pool_band; ++band) {
      line.field("C", band, name_of(snapshot.lanes[band]));
    }
  }
  if (details.calls_counted) print_calls(descriptor, details);
  Line(descriptor, "CORE_STATS")
      .field("refills", statistics.refill_count)
      .field("refilled_blocks", details.refilled_blocks)
      .field("overflows", statistics.overflow_count)
      .field("flushes", statistics.flush_count)
      .field("ticks", details.ticks);
  Line(descriptor, "PAGE_STATS")
      .field("taken", statistics.page_count)
      .field("retired", statistics.retire_count)
      .field("sweeps", details.sweeps)
      .field("swept_bytes", details.swept_bytes)
      .field("purges", statistics.purge_count)
      .field("purged_bytes", statistics.purged_bytes);
  Line(descriptor, "REMOTE_STATS")
      .field("posts", statistics.post_count)
      .field("came_home", details.came_home)
      .field("home_turns", details.home_turns)
      .field("keep_turns", details.keep_turns)
      .field("abandoned_bytes", statistics.abandoned_bytes);
  Line(descriptor, "MEMORY_STATS")
      .field("live_blocks", statistics.live_blocks)
      .field("live_bytes", statistics.live_bytes)
      .field("kept_bytes", statistics.kept_bytes)
      .field("page_bytes", statistics.page_bytes)
      .field("large_blocks", details.large_blocks)
      .field("large_bytes", statistics.large_bytes)
      .field("dirty_bytes", statistics.dirty_bytes)
      .field("committed_bytes", statistics.committed_bytes)
      .field("metadata_bytes", statistics.metadata_bytes)
      .field("heaps", statistics.heap_count)
      .field("parked_heaps", statistics.parked_heap_count)
      .field("errors", statistics.error_count);
  for (unsigned band = 0; band < policy::band_count; ++band) {
    if (details.page_bytes_of_band[band] == 0) continue;
    Line(descriptor, "BAND_STATS")
        .field("band", band)
        .field("live_blocks", details.live_blocks_of_band[band])
        .field("live_bytes", details.live_bytes_of_band[band])
        .field("page_bytes", details.page_bytes_of_band[band]);
  }
}

}  // namespace hakmem::observe
