// slots.h: a table of marked blocks, one or none to a slot.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "support/block.h"
#include "support/mapped_array.h"

namespace workload {

template <Fill fill>
class Slots {
 public:
  // `salt` tells this table's blocks from another's.
  explicit Slots(size_t count, uint64_t salt = 0) : slots_(count), salt_(salt) {}

  bool full(size_t i) { return slots_[i].block != nullptr; }

  // Puts a block into an empty slot and marks it.
  void put(size_t i, void* block, size_t bytes) {
    slots_[i] = {block, bytes};
    write_marked<fill>(block, bytes, mark(i));
  }

  // Empties a full slot: returns its block, which still is as it was marked.
  void* take(size_t i) {
    const Slot slot = slots_[i];
    check_marked<fill>(slot.block, slot.bytes, mark(i));
    slots_[i].block = nullptr;
    return slot.block;
  }

  // Empties all slots: calls give(block) for each block, and returns how many there were.
  template <class Give>
  uint64_t take_all(Give give) {
    uint64_t taken = 0;
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (!full(i)) continue;
      give(take(i));
      ++taken;
    }
    return taken;
  }

 private:
  struct Slot {
    void* block;
    size_t bytes;
  };

  uint8_t mark(size_t i) { return mark_of(i + salt_, slots_[i].bytes); }

  MappedArray<Slot> slots_;
  uint64_t salt_;
};

}  // namespace workload
