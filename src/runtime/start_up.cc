// start_up.cc: the allocator comes to life at its first miss.
//
// Layer runtime. Order matters: the arena and the registry first, so that whatever libc allocates
// while the rest is set up finds a heap; that thread then passes through here a second time.
#include "heap/start_up.h"

#include "heap/delivery.h"
#include "heap/errors.h"
#include "heap/registry.h"
#include "heap/returning.h"
#include "os/environment.h"
#include "os/lock.h"
#include "os/memory.h"
#include "os/report.h"
#include "os/thread.h"
#include "policy/options.h"
#include "region/arena.h"
#include "runtime/active_config.h"
#include "runtime/allocator.h"
#include "runtime/fork.h"

namespace hakmem {

namespace {

enum class Stage : std::uint8_t { not_begun, usable, done };

constinit Atomic<Stage> stage;  // released by the starter, acquired by everybody
constinit os::Lock start_lock;
constinit policy::RouteSnapshot frozen;

void run_helper_thread() {
  // The helper has no heap: what libc frees on its behalf goes where it belongs.
  runtime::Lifecycle::current = &runtime::Lifecycle::ended;
  heap::run_helper();
}

bool make_usable() {
  if (os::actual_page_bytes() != os::os_page_bytes) {
    // There is no way to go on: without memory the program would fail later, and say less.
    os::ReportLine() << "the system's pages are " << os::actual_page_bytes()
                     << " bytes long; hakmem knows only those of " << os::os_page_bytes;
    os::end_process(1);
  }
  frozen = policy::snapshot_of_environment();
  heap::on_error = frozen.on_error;
  heap::delivery_limits = heap::delivery_limits_of(frozen);
  region::set_huge_pages(frozen.huge_pages);
  heap::configure_returning(frozen, run_helper_thread);
  // The registry first: a failed start can be tried again, an open arena cannot be closed.
  return heap::registry.reserve({sizeof(runtime::Heap), runtime::Heap::construct}) &&
         region::open_arena(frozen.arena_bytes);
}

// What can be missing without harm: a thread's heap is then not parked, a fork not prepared.
void finish() {
  os::create_thread_key(os::Site::thread_key, runtime::Lifecycle::depart);
  runtime::watch_forks();
}

[[gnu::destructor]] void print_at_exit() {
  if (frozen.print_statistics) runtime::print_statistics(2);
}

// Before main there is one thread: none will ever wait for another's start-up.
[[gnu::constructor]] void start_early() { heap::start_up(); }

}  // namespace

bool heap::start_up() {
  if (stage.load_acquire() == Stage::done) return true;
  if (start_lock.held_by_me()) return stage.load_relaxed() == Stage::usable;
  const os::LockGuard guard(start_lock);
  if (stage.load_relaxed() == Stage::done) return true;
  if (!make_usable()) return false;
  stage.store_release(Stage::usable);
  finish();
  stage.store_release(Stage::done);
  return true;
}

const policy::RouteSnapshot& heap::snapshot_in_use() { return frozen; }

}  // namespace hakmem
