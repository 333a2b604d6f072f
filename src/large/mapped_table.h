// mapped_table.h: the blocks that have a mapping of their own.
//
// Layer large. Cold. An open-addressing table from address to length, doubled when half full,
// behind one lock that is held over two system calls: the rare doubling, and moving a block.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bits.h"
#include "os/lock.h"

namespace hakmem::large {

class MappedTable {
 public:
  // Remembers a block. False without memory for a larger table.
  bool insert(const void* block, std::size_t bytes);
  // Forgets it and returns its length; 0 if it is not here.
  std::size_t remove(const void* block);
  [[nodiscard]] std::size_t find(const void* block);
  // Has `move` move a block that is here, and remembers where to; null, and nothing has changed, if
  // that returns null.
  template <class Move>
  void* replace(const void* block, Move move, std::size_t bytes) {
    const os::LockGuard guard(lock_);
    Entry* const entry = slot_of(address_of(block));
    void* const moved = entry != nullptr ? move() : nullptr;
    if (moved != nullptr) {
      entry->address = tombstone;
      --live_;
      place(address_of(moved), bytes);
    }
    return moved;
  }

  [[nodiscard]] os::Lock& lock() { return lock_; }

 private:
  struct Entry {
    std::uintptr_t address = 0;  // 0: never used; 1: used once
    std::size_t bytes = 0;
  };

  static constexpr std::uintptr_t tombstone = 1;

  Entry* slot_of(std::uintptr_t address);
  void place(std::uintptr_t address, std::size_t bytes);
  bool make_room();

  os::Lock lock_;
  Entry* entries_ = nullptr;
  std::size_t capacity_ = 0;  // a power of two, or 0
  std::size_t occupied_ = 0;  // entries and tombstones
  std::size_t live_ = 0;
};

}  // namespace hakmem::large
