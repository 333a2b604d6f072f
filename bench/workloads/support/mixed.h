// mixed.h: the pattern of random_mixed: blocks of uniform size, replaced at random in a small
// working set.
#pragma once

#include <stdint.h>
#include <stdlib.h>

#include "support/arguments.h"
#include "support/block.h"
#include "support/mapped_array.h"
#include "support/random.h"

namespace workload {

struct MixedParameters {
  uint64_t ws;
  uint64_t seed;
  uint64_t min;
  uint64_t max;
};

// Asks for them in the order in which they stand here.
inline MixedParameters ask_for_mixed(Arguments& arguments) {
  MixedParameters p = {};
  p.ws = arguments.number("ws", 400, 1, 1u << 28);
  p.seed = arguments.number("seed", 1, 0, ~0ull);
  p.min = arguments.number("min", 16, 1, 1u << 30);
  p.max = arguments.number("max", 1024, p.min, 1u << 30);
  return p;
}

struct Step {
  size_t slot;
  size_t bytes;
};

class UniformDraw {
 public:
  explicit UniformDraw(const MixedParameters& p)
      : random_(p.seed), ws_(static_cast<uint32_t>(p.ws)), min_(p.min), span_(p.max - p.min + 1) {}

  Step next() {
    const uint64_t word = random_.next();
    return {static_cast<uint32_t>(word) % ws_, min_ + Random::scale(word, span_)};
  }

 private:
  Random random_;
  uint32_t ws_;
  size_t min_;
  uint64_t span_;
};

struct Slot {
  void* block;
  size_t bytes;
};

// The subject: blocks from malloc.
class AllocatedBlocks {
 public:
  static constexpr bool is_floor = false;
  template <class Draw>
  AllocatedBlocks(const MixedParameters&, Draw&) {}
  Slot take(const Step& step) { return {allocate(step.bytes), step.bytes}; }
  void give(void* block) { free(block); }
  size_t mark_slot(size_t slot) const { return slot; }
};

// The floor: about half of the slots are full at any time, so slot i and slot i + ws/2 share one
// place; the whole is as large as the live set of an allocator that wastes nothing. The sizes come
// from a copy of the draw, so that the steps are the subject's, from the first one on.
class PackedBlocks {
 public:
  static constexpr bool is_floor = true;
  template <class Draw>
  PackedBlocks(const MixedParameters& p, Draw draw)
      : places_(p.ws / 2 + 1), half_(p.ws / 2 + 1), bytes_(p.max * half_) {
    uint8_t* next = bytes_.data();
    for (size_t i = 0; i < half_; ++i) {
      places_[i] = {next, draw.next().bytes};
      next += places_[i].bytes;
    }
  }
  Slot take(const Step& step) { return places_[mark_slot(step.slot)]; }
  void give(void*) {}
  size_t mark_slot(size_t slot) const { return slot < half_ ? slot : slot - half_; }

 private:
  MappedArray<Slot> places_;
  size_t half_;
  MappedArray<uint8_t> bytes_;
};

// Returns where the blocks lay.
template <Fill fill, class Draw, class Blocks>
Addresses run_steps(uint64_t count, Draw& draw, Blocks& blocks, MappedArray<Slot>& slots) {
  Addresses addresses;
  for (; count > 0; --count) {  // downwards: that leaves a register for the addresses
    const Step step = draw.next();
    Slot& slot = slots[step.slot];
    const size_t mark_slot = blocks.mark_slot(step.slot);
    if (slot.block != nullptr) {
      const uint8_t mark = mark_of(mark_slot, slot.bytes);
      check_marked<fill>(slot.block, slot.bytes, mark);
      blocks.give(slot.block);
      slot.block = nullptr;
    } else {
      slot = blocks.take(step);
      addresses.note(slot.block);
      const uint8_t mark = mark_of(mark_slot, slot.bytes);
      write_marked<fill>(slot.block, slot.bytes, mark);
    }
  }
  return addresses;
}

// Checks and gives back what is in the slots; returns how many blocks that were.
template <Fill fill, class Blocks>
uint64_t empty_slots(uint64_t count, Blocks& blocks, MappedArray<Slot>& slots) {
  uint64_t live = 0;
  for (size_t i = 0; i < count; ++i) {
    if (slots[i].block == nullptr) continue;
    ++live;
    check_marked<fill>(slots[i].block, slots[i].bytes,
                       mark_of(blocks.mark_slot(i), slots[i].bytes));
    blocks.give(slots[i].block);
  }
  return live;
}

}  // namespace workload
