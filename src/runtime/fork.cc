// fork.cc: fork.h.
#include "runtime/fork.h"

#include "heap/registry.h"
#include "heap/returning.h"
#include "large/large.h"
#include "os/lock.h"
#include "os/thread.h"
#include "region/gauge.h"
#include "region/pages.h"
#include "runtime/active_config.h"

namespace hakmem::runtime {

namespace {

constinit Atomic<std::size_t> abandoned;

void before_fork() {
  Lifecycle::shared_lock.lock_for_fork();
  heap::registry.lock().lock_for_fork();
  heap::registry.visit([](heap::PageStore& store) { store.lock().lock_for_fork(); });
  large::lock_for_fork();
  region::lock_for_fork();
}

void unlock_all() {
  region::unlock_after_fork();
  large::unlock_after_fork();
  heap::registry.visit([](heap::PageStore& store) { store.lock().unlock_after_fork(); });
  heap::registry.lock().unlock_after_fork();
  Lifecycle::shared_lock.unlock_after_fork();
}

void in_parent() { unlock_all(); }

void in_child() {
  Heap* const mine = Lifecycle::current;
  heap::PageStore* const my_store =
      mine != &Lifecycle::starting && mine != &Lifecycle::ended ? &mine->store() : nullptr;
  std::size_t lost = 0;
  heap::registry.visit([&](heap::PageStore& store) {
    if (&store != my_store && store.state == heap::PageStore::State::live) {
      lost += Heap::around(store).abandon();
    }
  });
  heap::registry.forget_other_threads(my_store);
  abandoned.fetch_add_relaxed(lost);
  const region::PageCensus census = region::count_pages();
  region::gauge.recount(census.used, census.dirty);
  heap::forget_helper();
  unlock_all();
}

}  // namespace

bool watch_forks() {
  return os::register_fork_handlers(os::Site::fork_handlers, before_fork, in_parent, in_child);
}

std::size_t abandoned_bytes() { return abandoned.load_relaxed(); }

}  // namespace hakmem::runtime
