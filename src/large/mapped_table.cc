// mapped_table.cc: mapped_table.h.
#include "large/mapped_table.h"

#include "base/bits.h"
#include "os/memory.h"

namespace hakmem::large {

namespace {

constexpr std::size_t first_capacity = os::os_page_bytes / 16;

std::size_t hash(std::uintptr_t address, std::size_t capacity) {
  return (address >> 12) * 0x9E3779B97F4A7C15U >> (64 - std::countr_zero(capacity));
}

}  // namespace

MappedTable::Entry* MappedTable::slot_of(std::uintptr_t address) {
  if (capacity_ == 0 || address <= tombstone) return nullptr;
  for (std::size_t i = hash(address, capacity_);; i = (i + 1) & (capacity_ - 1)) {
    if (entries_[i].address == address) return &entries_[i];
    if (entries_[i].address == 0) return nullptr;
  }
}

void MappedTable::place(std::uintptr_t address, std::size_t bytes) {
  std::size_t i = hash(address, capacity_);
  while (entries_[i].address > tombstone) i = (i + 1) & (capacity_ - 1);
  if (entries_[i].address == 0) ++occupied_;
  entries_[i] = {address, bytes};
  ++live_;
}

bool MappedTable::make_room() {
  if ((occupied_ + 1) * 2 <= capacity_) return true;
  std::size_t capacity = capacity_ == 0 ? first_capacity : capacity_;
  while ((live_ + 1) * 4 > capacity) capacity *= 2;
  void* const fresh = os::map(os::Site::large_map, capacity * sizeof(Entry), os::os_page_bytes);
  // Too full is slow, not wrong, as long as a search finds its end.
  if (fresh == nullptr) return occupied_ + 1 < capacity_;
  Entry* const old = entries_;
  const std::size_t old_capacity = capacity_;
  entries_ = static_cast<Entry*>(fresh);
  capacity_ = capacity;
  occupied_ = live_ = 0;
  for (std::size_t i = 0; i < old_capacity; ++i) {
    if (old[i].address > tombstone) place(old[i].address, old[i].bytes);
  }
  if (old != nullptr) os::release(old, old_capacity * sizeof(Entry));
  return true;
}

bool MappedTable::insert(const void* block, std::size_t bytes) {
  const os::LockGuard guard(lock_);
  if (!make_room()) return false;
  place(address_of(block), bytes);
  return true;
}

std::size_t MappedTable::remove(const void* block) {
  const os::LockGuard guard(lock_);
  Entry* const entry = slot_of(address_of(block));
  if (entry == nullptr) return 0;
  entry->address = tombstone;
  --live_;
  return entry->bytes;
}

std::size_t MappedTable::find(const void* block) {
  const os::LockGuard guard(lock_);
  const Entry* const entry = slot_of(address_of(block));
  return entry == nullptr ? 0 : entry->bytes;
}

}  // namespace hakmem::large
