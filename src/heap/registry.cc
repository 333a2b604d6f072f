// registry.cc: registry.h.
#include "heap/registry.h"

#include <algorithm>

#include "build_config.h"
#include "heap/delivery.h"
#include "os/environment.h"
#include "os/memory.h"

namespace hakmem::heap {

constinit Registry registry;

namespace {

// 0 and 0xFFFF are nobody's; the rest is slack against stale posts when keys run out.
constexpr std::uint32_t most_keys = 60'000;
constexpr std::uint32_t fewest_heaps = 8;
constexpr std::size_t address_space_share = 16;
// How long a heap waits for a next thread before its pages may go to others.
constexpr std::uint64_t patience_nanoseconds = 500'000'000;

}  // namespace

bool Registry::reserve(const HeapMaker& maker) {
  maker_ = maker;
  maker_.heap_bytes = align_up(maker.heap_bytes, os::os_page_bytes);
  key_limit_ = build::owner_keys != 0 ? build::owner_keys : most_keys;
  // Under a limit on address space most of it is for blocks.
  const std::size_t share = os::address_space_left() / address_space_share / maker_.heap_bytes;
  heap_limit_ = static_cast<std::uint32_t>(std::clamp<std::size_t>(share, fewest_heaps, most_keys));
  for (; heap_limit_ >= fewest_heaps; heap_limit_ /= 2) {
    const std::size_t owner_bytes = align_up((heap_limit_ + 1) * sizeof(Owner), os::os_page_bytes);
    void* const table = os::reserve(os::Site::owner_reserve, owner_bytes, os::os_page_bytes);
    if (table == nullptr) continue;
    void* const space =
        os::reserve(os::Site::heap_reserve, heap_limit_ * maker_.heap_bytes, os::os_page_bytes);
    if (space != nullptr) {
      owners = static_cast<Owner*>(table);
      heap_space_ = static_cast<std::byte*>(space);
      if (key_limit_ > heap_limit_) key_limit_ = heap_limit_;
      return true;
    }
    os::release(table, owner_bytes);
  }
  return false;
}

PageStore* Registry::make_with_lock_held() {
  if (heap_count_ == heap_limit_) return nullptr;
  void* const storage = heap_space_ + heap_count_ * maker_.heap_bytes;
  if (!os::commit(os::Site::heap_commit, storage, maker_.heap_bytes)) return nullptr;
  ++heap_count_;
  committed_bytes_ += maker_.heap_bytes;
  PageStore* const store = maker_.construct(storage);
  store->next_store = all_.load_relaxed();
  all_.store_release(store);
  return store;
}

PageStore* Registry::adopt_shared() {
  const os::LockGuard guard(lock_);
  if (!commit_owner(shared_key)) return nullptr;
  PageStore* const store = make_with_lock_held();
  if (store == nullptr) return nullptr;
  store->state = PageStore::State::shared;
  give_key_with_lock_held(*store, region::OwnerKey{shared_key});
  return store;
}

void Registry::forget_other_threads(PageStore* mine) {
  visit([&](PageStore& store) {
    if (&store != mine && store.state == PageStore::State::live) park_with_lock_held(store);
  });
}

PageStore* Registry::adopt() {
  const os::LockGuard guard(lock_);
  PageStore* store = parked_.pop_front();
  if (store != nullptr) {
    parked_count_.store_relaxed(parked_count_.load_relaxed() - 1);
  } else {
    store = blank_.pop_front();
    if (store == nullptr) store = make_with_lock_held();
    if (store == nullptr) return nullptr;
  }
  store->state = PageStore::State::live;
  live_count_.store_relaxed(live_count_.load_relaxed() + 1);
  return store;
}

bool Registry::commit_owner(std::uint32_t key) {
  const std::size_t wanted = align_up((key + 1) * sizeof(Owner), os::os_page_bytes);
  const std::size_t have = owners_committed_;
  if (wanted <= have) return true;
  if (!os::commit(os::Site::owner_commit, reinterpret_cast<std::byte*>(owners) + have,
                  wanted - have)) {
    return false;
  }
  owners_committed_ = static_cast<std::uint32_t>(wanted);
  committed_bytes_ += wanted - have;
  return true;
}

void Registry::give_key_with_lock_held(PageStore& store, region::OwnerKey key) {
  Owner& owner = owner_of(key);
  {
    const os::LockGuard store_guard(store.lock());
    store.set_key(key);
  }
  owner.store.store_release(&store);
  reopen(owner);
}

bool Registry::assign_key(PageStore& store) {
  const os::LockGuard guard(lock_);
  if (next_key_ <= key_limit_ && commit_owner(next_key_)) {
    // Fresh keys first: the longer a closed key rests, the fewer posts still mean its last owner.
    give_key_with_lock_held(store, region::OwnerKey{static_cast<std::uint16_t>(next_key_++)});
    return true;
  }
  if (first_free_key_ != region::OwnerKey::none) {
    const region::OwnerKey key = first_free_key_;
    first_free_key_ = owner_of(key).next_free;
    if (first_free_key_ == region::OwnerKey::none) last_free_key_ = region::OwnerKey::none;
    give_key_with_lock_held(store, key);
    return true;
  }
  PageStore* const parked = parked_.pop_front();
  if (parked == nullptr) return false;
  parked_count_.store_relaxed(parked_count_.load_relaxed() - 1);
  {
    const os::LockGuard parked_guard(parked->lock());
    const os::LockGuard store_guard(store.lock());
    store.set_key(parked->key());
    parked->bequeath(store);
    parked->set_key(region::OwnerKey::none);
  }
  owner_of(store.key()).store.store_release(&store);
  parked->state = PageStore::State::blank;
  blank_.push_front(*parked);
  return true;
}

void Registry::park(PageStore& store) {
  const os::LockGuard guard(lock_);
  park_with_lock_held(store);
}

void Registry::park_with_lock_held(PageStore& store) {
  live_count_.store_relaxed(live_count_.load_relaxed() - 1);
  if (store.key() == region::OwnerKey::none) {
    store.state = PageStore::State::blank;
    blank_.push_front(store);
    return;
  }
  store.state = PageStore::State::parked;
  store.parked_time = os::coarse_time();
  parked_.push_front(store);
  parked_count_.store_relaxed(parked_count_.load_relaxed() + 1);
}

bool Registry::disband_into(PageStore& heir, std::uint64_t now) {
  page::BlockList foreign;
  PageStore* store;
  {
    const os::LockGuard guard(lock_);
    store = parked_.last();
    if (store == nullptr || now < store->parked_time + patience_nanoseconds) return false;
    parked_.remove(*store);
    parked_count_.store_relaxed(parked_count_.load_relaxed() - 1);
    const region::OwnerKey key = store->key();
    {
      const os::LockGuard store_guard(store->lock());
      store->put_inbox_with_lock_held(close(owner_of(key)), foreign);
      const os::LockGuard heir_guard(heir.lock());
      store->bequeath(heir);
      store->set_key(region::OwnerKey::none);
    }
    owner_of(key).store.store_release(nullptr);
    owner_of(key).next_free = region::OwnerKey::none;
    if (last_free_key_ == region::OwnerKey::none) {
      first_free_key_ = key;
    } else {
      owner_of(last_free_key_).next_free = key;
    }
    last_free_key_ = key;
    store->state = PageStore::State::blank;
  }
  // Still unreachable for other threads: neither parked nor blank yet.
  store->return_empties();
  store->return_spares();
  deliver_each(foreign);
  const os::LockGuard guard(lock_);
  blank_.push_front(*store);
  return true;
}

}  // namespace hakmem::heap
