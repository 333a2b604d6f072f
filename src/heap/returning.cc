// returning.cc: returning.h.
#include "heap/returning.h"

#include "heap/delivery.h"
#include "heap/owner.h"
#include "heap/registry.h"
#include "os/environment.h"
#include "os/symbols.h"
#include "os/thread.h"
#include "region/pages.h"

namespace hakmem::heap {

namespace {

constexpr std::uint64_t look_nanoseconds = 100'000'000;
// Looks in a row without anything to do, after which the helper ends.
constexpr unsigned patience = 10;

struct Policy {
  bool purge = true;
  bool helper = true;
  void (*helper_body)() = nullptr;
};
constinit Policy policy;
constinit Atomic<std::uint32_t> refilled{1};  // 0 in a fork child until its first refill
constinit Atomic<std::uint32_t> trims;        // doorbells carry no message: this does

// The helper's state (model: tests/models/helper.pml). Only ever changed by read-modify-writes, so
// that who asked is seen: the helper's last act fails if somebody did since it last looked.
enum class Helper : std::uint32_t { none, running, asked };
constinit Atomic<Helper> helper;

// Returns whether a helper is at work, or will be.
bool ask_helper(const void* caller) {
  if (refilled.load_relaxed() == 0) return false;
  if (caller != nullptr && os::is_in_loader(caller)) {
    Helper expected = Helper::running;
    return helper.compare_exchange_acq_rel(expected, Helper::asked) || expected == Helper::asked;
  }
  if (helper.exchange_acq_rel(Helper::asked) != Helper::none) return true;
  if (os::start_thread(os::Site::helper_start, policy.helper_body)) return true;
  helper.exchange_acq_rel(Helper::none);
  return false;
}

bool helper_may_run() { return policy.helper && registry.live_count() > 1; }

}  // namespace

void configure_returning(const policy::RouteSnapshot& snapshot, void (*helper_body)()) {
  policy = {snapshot.purge, snapshot.helper, helper_body};
  region::gauge.configure(snapshot);
}

region::Gauge::Verdict settle_memory(const void* caller) {
  if (!policy.purge) return {};
  if (helper_may_run() && ask_helper(caller)) return {};
  return region::gauge.settle(os::coarse_time(), true);
}

bool memory_may_return() { return policy.purge; }

void purge_surplus() {
  if (!policy.purge) return;
  const std::size_t pages = region::gauge.surplus(os::coarse_time());
  if (pages != 0) region::try_purge_pages(pages);
}

void drain_all_inboxes() {
  registry.visit([](PageStore& store) {
    if (!store.lock().try_lock()) return;
    page::BlockList foreign;
    if (store.key() != region::OwnerKey::none) {
      store.put_inbox_with_lock_held(collect(owner_of(store.key())), foreign);
    }
    store.lock().unlock();
    store.return_empties();
    deliver_each(foreign);
  });
}

std::size_t sweep_all_heaps() {
  drain_all_inboxes();
  std::size_t bytes = 0;
  registry.visit([&](PageStore& store) { bytes += store.try_sweep(); });
  return bytes;
}

void run_helper() {
  unsigned idle = 0;
  std::size_t swept_at = ~std::size_t{0};
  helper.exchange_acq_rel(Helper::running);
  for (;;) {
    os::sleep(look_nanoseconds);
    drain_all_inboxes();
    const region::Gauge::Verdict verdict = region::gauge.settle_at_leisure(os::coarse_time());
    if (verdict.falling && region::gauge.used_pages() != swept_at) {
      sweep_all_heaps();
      swept_at = region::gauge.used_pages();
      idle = 0;
    }
    const std::size_t purged =
        verdict.purge_pages != 0 ? region::purge_pages(verdict.purge_pages) : 0;
    idle = purged == 0 && (verdict.falling || !memory_wants_settling()) ? idle + 1 : 0;
    if (idle < patience) continue;
    Helper expected = Helper::running;
    if (helper.compare_exchange_acq_rel(expected, Helper::none)) return;
    helper.exchange_acq_rel(Helper::running);
    idle = 0;
  }
}

void ask_all_to_trim() {
  trims.fetch_add_relaxed(1);
  registry.visit([](PageStore& store) { store.ring(); });
}

unsigned trims_asked() { return trims.load_relaxed(); }

void return_everything() {
  sweep_all_heaps();
  region::purge_pages(~std::size_t{0});
}

void forget_helper() {
  helper.exchange_acq_rel(Helper::none);
  refilled.store_relaxed(0);
}

void note_refill() {
  if (refilled.load_relaxed() == 0) refilled.store_relaxed(1);
}

}  // namespace hakmem::heap
