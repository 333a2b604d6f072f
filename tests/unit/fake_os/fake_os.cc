// fake_os.cc: fake_os.h, and memory.h on top of it.
#include "unit/fake_os/fake_os.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <map>
#include <mutex>

#include "base/bits.h"

namespace hakmem::test {

namespace {

enum class State : std::uint8_t { reserved, readable, committed };

struct Mapping {
  std::size_t bytes;
  bool reserved;  // by reserve, not by map
  std::vector<State> pages;
};

struct Refusal {
  os::Site site;
  unsigned skip;
  unsigned count;
};

struct World {
  std::mutex mutex;
  std::map<std::uintptr_t, Mapping> mappings;
  std::vector<Call> calls;
  std::vector<Refusal> refusals;
  std::size_t longest_reservation = ~std::size_t{0};
  bool refused_moves_lose_targets = false;
  std::size_t physical = 8 * gib;
  std::size_t address_space = ~std::size_t{0};
  std::function<void(const Call&)> hook;
};

World& world() {
  static World the_world;
  return the_world;
}

const char* name_of(os::Site site) {
  return site == os::Site::count ? "release" : os::site_names[static_cast<unsigned>(site)];
}

bool wants_refusal(World& w, os::Site site) {
  for (Refusal& refusal : w.refusals) {
    if (refusal.site != site) continue;
    if (refusal.skip != 0) {
      --refusal.skip;
    } else if (refusal.count != 0) {
      --refusal.count;
      return true;
    }
  }
  return false;
}

// Records a call and says whether it may go on.
bool begin(Request request, os::Site site, const void* address, std::size_t bytes) {
  World& w = world();
  Call call{request, site, address_of(address), bytes, false};
  EXPECT_TRUE(is_aligned(call.address, os::os_page_bytes)) << name_of(site);
  EXPECT_TRUE(is_aligned(bytes, os::os_page_bytes)) << name_of(site);
  EXPECT_NE(bytes, 0U) << name_of(site);
  std::function<void(const Call&)> hook;
  {
    const std::lock_guard guard(w.mutex);
    const bool too_long = (request == Request::reserve || request == Request::reserve_readable) &&
                          bytes > w.longest_reservation;
    call.refused = wants_refusal(w, site) || too_long;
    w.calls.push_back(call);
    hook = w.hook;
  }
  if (hook) hook(call);
  return !call.refused;
}

// Calls visit(state) for each OS page of a range, which must lie in one mapping.
template <class Visit>
bool visit_states(World& w, const void* address, std::size_t bytes, Visit visit) {
  auto after = w.mappings.upper_bound(address_of(address));
  if (after == w.mappings.begin()) return false;
  auto& [base, mapping] = *std::prev(after);
  const std::size_t offset = address_of(address) - base;
  if (offset >= mapping.bytes || bytes > mapping.bytes - offset) return false;
  for (std::size_t page = offset; page < offset + bytes; page += os::os_page_bytes) {
    visit(mapping.pages[page / os::os_page_bytes]);
  }
  return true;
}

void expect_committed(const char* what, const void* address, std::size_t bytes) {
  World& w = world();
  const std::lock_guard guard(w.mutex);
  bool all = true;
  const bool inside =
      visit_states(w, address, bytes, [&](State state) { all = all && state == State::committed; });
  EXPECT_TRUE(inside) << what << " of " << bytes << " bytes at " << address
                      << " leaves its mapping";
  EXPECT_TRUE(all) << what << " of " << bytes << " bytes at " << address << ", not all committed";
}

void* add_mapping(std::size_t bytes, std::size_t alignment, State state) {
  EXPECT_TRUE(std::has_single_bit(alignment));
  EXPECT_GE(alignment, os::os_page_bytes);
  const int protection = state == State::committed  ? PROT_READ | PROT_WRITE
                         : state == State::readable ? PROT_READ
                                                    : PROT_NONE;
  const std::size_t padded = bytes + alignment;
  void* const whole =
      mmap(nullptr, padded, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (whole == MAP_FAILED) return nullptr;
  const std::uintptr_t start = align_up(address_of(whole), alignment);
  if (start != address_of(whole)) munmap(whole, start - address_of(whole));
  const std::size_t behind = address_of(whole) + padded - (start + bytes);
  if (behind != 0) munmap(reinterpret_cast<void*>(start + bytes), behind);
  World& w = world();
  const std::lock_guard guard(w.mutex);
  w.mappings[start] = {bytes, state != State::committed,
                       std::vector<State>(bytes / os::os_page_bytes, state)};
  return reinterpret_cast<void*>(start);
}

}  // namespace

namespace fake_os {

void reset() {
  World& w = world();
  std::erase_if(w.mappings, [](const auto& entry) {
    const auto& [base, mapping] = entry;
    if (!mapping.reserved) return false;
    munmap(reinterpret_cast<void*>(base), mapping.bytes);
    return true;
  });
  w.calls.clear();
  w.physical = 8 * gib;
  w.address_space = ~std::size_t{0};
  w.hook = nullptr;
  allow_everything();
}

void refuse(os::Site site, unsigned skip, unsigned count) {
  const std::lock_guard guard(world().mutex);
  world().refusals.push_back({site, skip, count});
}

void refuse_reservations_beyond(std::size_t bytes) { world().longest_reservation = bytes; }

void lose_targets_of_refused_moves() { world().refused_moves_lose_targets = true; }

void allow_everything() {
  const std::lock_guard guard(world().mutex);
  world().refusals.clear();
  world().longest_reservation = ~std::size_t{0};
  world().refused_moves_lose_targets = false;
}

void set_physical_bytes(std::size_t bytes) { world().physical = bytes; }
void set_address_space_left(std::size_t bytes) { world().address_space = bytes; }

void before_each_call(std::function<void(const Call&)> hook) { world().hook = std::move(hook); }

std::vector<Call> calls_of(Request request) {
  const std::lock_guard guard(world().mutex);
  std::vector<Call> result;
  for (const Call& call : world().calls) {
    if (call.request == request) result.push_back(call);
  }
  return result;
}

std::vector<Call> calls_at(os::Site site) {
  const std::lock_guard guard(world().mutex);
  std::vector<Call> result;
  for (const Call& call : world().calls) {
    if (call.request != Request::release && call.site == site) result.push_back(call);
  }
  return result;
}

void forget_calls() {
  const std::lock_guard guard(world().mutex);
  world().calls.clear();
}

bool is_committed(const void* address, std::size_t bytes) {
  World& w = world();
  const std::lock_guard guard(w.mutex);
  bool all = true;
  return visit_states(w, address, bytes,
                      [&](State state) { all = all && state == State::committed; }) &&
         all;
}

std::size_t mappings() {
  const std::lock_guard guard(world().mutex);
  return world().mappings.size();
}

std::size_t resident_bytes(const void* address, std::size_t bytes) {
  std::vector<unsigned char> pages(bytes / os::os_page_bytes);
  EXPECT_EQ(mincore(const_cast<void*>(address), bytes, pages.data()), 0);
  std::size_t resident = 0;
  for (const unsigned char page : pages) resident += (page & 1U) != 0 ? os::os_page_bytes : 0;
  return resident;
}

}  // namespace fake_os

}  // namespace hakmem::test

namespace hakmem::os {

using test::add_mapping;
using test::begin;
using test::expect_committed;
using test::Request;
using test::State;
using test::visit_states;
using test::World;
using test::world;

std::size_t actual_page_bytes() { return os_page_bytes; }

void* reserve(Site site, std::size_t bytes, std::size_t alignment) {
  if (!begin(Request::reserve, site, nullptr, bytes)) return nullptr;
  return add_mapping(bytes, alignment, State::reserved);
}

void* reserve_readable(Site site, std::size_t bytes) {
  if (!begin(Request::reserve_readable, site, nullptr, bytes)) return nullptr;
  return add_mapping(bytes, os_page_bytes, State::readable);
}

bool commit(Site site, void* address, std::size_t bytes) {
  if (!begin(Request::commit, site, address, bytes)) return false;
  World& w = world();
  const std::lock_guard guard(w.mutex);
  const bool inside =
      visit_states(w, address, bytes, [](State& state) { state = State::committed; });
  EXPECT_TRUE(inside) << "commit of " << bytes << " bytes at " << address
                      << " leaves its reservation";
  return mprotect(address, bytes, PROT_READ | PROT_WRITE) == 0;
}

void* map(Site site, std::size_t bytes, std::size_t alignment) {
  if (!begin(Request::map, site, nullptr, bytes)) return nullptr;
  return add_mapping(bytes, alignment, State::committed);
}

void* remap(Site site, void* address, std::size_t old_bytes, std::size_t new_bytes) {
  if (!begin(Request::remap, site, address, new_bytes)) return nullptr;
  World& w = world();
  const std::lock_guard guard(w.mutex);
  const auto old = w.mappings.find(address_of(address));
  EXPECT_TRUE(old != w.mappings.end() && old->second.bytes == old_bytes) << "remap of no mapping";
  void* const result = mremap(address, old_bytes, new_bytes, MREMAP_MAYMOVE);
  if (result == MAP_FAILED) return nullptr;
  if (old != w.mappings.end()) w.mappings.erase(old);
  w.mappings[address_of(result)] = {
      new_bytes, false, std::vector<State>(new_bytes / os_page_bytes, State::committed)};
  return result;
}

Moved move(Site site, void* from, void* to, std::size_t bytes) {
  if (!begin(Request::move, site, from, bytes)) {
    if (!world().refused_moves_lose_targets) return Moved::refused;
    mprotect(to, bytes, PROT_NONE);
    return Moved::lost;
  }
  expect_committed("move from", from, bytes);
  expect_committed("move to", to, bytes);
  EXPECT_TRUE(address_of(to) + bytes <= address_of(from) ||
              address_of(from) + bytes <= address_of(to))
      << "a move onto itself";
  return mremap(from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to) == to
             ? Moved::yes
             : Moved::refused;
}

void release(void* address, std::size_t bytes) {
  begin(Request::release, Site::count, address, bytes);
  World& w = world();
  const std::lock_guard guard(w.mutex);
  const auto mapping = w.mappings.find(address_of(address));
  if (mapping == w.mappings.end() || mapping->second.bytes != bytes) {
    ADD_FAILURE() << "release of " << bytes << " bytes at " << address << ": no such mapping";
    return;
  }
  munmap(address, bytes);
  w.mappings.erase(mapping);
}

bool purge(Site site, void* address, std::size_t bytes) {
  expect_committed("purge", address, bytes);
  if (!begin(Request::purge, site, address, bytes)) return false;
  return madvise(address, bytes, MADV_DONTNEED) == 0;
}

bool forbid_huge_pages(Site site, void* address, std::size_t bytes) {
  return begin(Request::forbid_huge_pages, site, address, bytes);
}

bool allow_huge_pages(Site site, void* address, std::size_t bytes) {
  return begin(Request::allow_huge_pages, site, address, bytes);
}

bool is_mapped(const void* address) {
  World& w = world();
  const std::lock_guard guard(w.mutex);
  bool readable = false;
  const auto page = reinterpret_cast<const void*>(align_down(address_of(address), os_page_bytes));
  return visit_states(w, page, os_page_bytes,
                      [&](State state) {
                        readable = state == State::committed || state == State::readable;
                      }) &&
         readable;
}

std::size_t physical_bytes() { return world().physical; }
std::size_t address_space_left() { return world().address_space; }

}  // namespace hakmem::os
