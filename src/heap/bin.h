// bin.h: one heap's ready blocks of one size class.
//
// Layer heap. Sixteen bytes, so that a rounded size is a bin's offset. `room` says how many more
// blocks it takes: frees lower it, allocations raise it, so capacity - room is the length.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/atomic.h"
#include "base/bits.h"
#include "base/check.h"
#include "page/page.h"
#include "region/tag.h"

namespace hakmem::heap {

struct [[gnu::may_alias]] Bin {
  page::Block* head = nullptr;
  std::int32_t room = 0;
  std::int32_t capacity = 0;

  // 0 also if it gave more blocks than it got, as it can after a double free.
  [[nodiscard]] std::uint32_t length() const {
    return capacity > room ? static_cast<std::uint32_t>(capacity - room) : 0;
  }
};
static_assert(sizeof(Bin) == page::class_step, "offset of a bin = rounded size + first_bin_offset");

// In front of the bins stands the guard, shaped like one: see H5.
inline constexpr std::size_t first_bin_offset = sizeof(Bin);
inline constexpr std::size_t all_bins_bytes = first_bin_offset + page::class_count * sizeof(Bin);
static_assert(all_bins_bytes <= region::offset_mask, "every bin's offset fits a route");

constexpr region::Route bin_offset(page::ClassId id) {
  return static_cast<region::Route>(first_bin_offset + id * sizeof(Bin));
}
constexpr page::ClassId class_of_offset(std::size_t offset) {
  return static_cast<page::ClassId>((offset - first_bin_offset) / sizeof(Bin));
}
constexpr std::size_t bin_offset_of_linear(std::size_t bytes) {
  return align_down(bytes + page::class_step - 1 + first_bin_offset, page::class_step);
}
static_assert(bin_offset_of_linear(0) == bin_offset(0));
static_assert(bin_offset_of_linear(page::max_linear_bytes) ==
              bin_offset(page::class_of(page::max_linear_bytes)));

// The guard and the bins, addressed by what tags and rounded sizes hold.
struct BinRow {
  // Shaped like a bin without room. bin_bytes is all_bins_bytes, or 0 while the doorbell rings.
  struct Guard {
    Atomic<std::uint64_t> bin_bytes;
    std::int32_t room = 0;
    std::int32_t capacity = 0;
  };

  Guard guard;
  std::array<Bin, page::class_count> bins{};

  Bin& at(std::size_t offset) {
    return *reinterpret_cast<Bin*>(reinterpret_cast<std::byte*>(this) + offset);
  }
};
static_assert(offsetof(BinRow, bins) == first_bin_offset && sizeof(BinRow) == all_bins_bytes,
              "offsets count from the guard");

// A whole bin's list, handed on. In a depot batches hang together through the second word of their
// first blocks, which also holds the length in its upper 16 bits.
class Batch {
 public:
  Batch(page::Block* first, std::uint32_t count) : first_(first), count_(count) {}

  static constexpr std::uint32_t max_count = 0xFFFF;

  [[nodiscard]] page::Block* first() const { return first_; }
  [[nodiscard]] std::uint32_t count() const { return count_; }

 private:
  page::Block* first_;
  std::uint32_t count_;
};

// A heap's store of batches of one class, last in first out. Counted: a block freed twice can make
// a circle of the chain.
class Depot {
 public:
  [[nodiscard]] bool empty() const { return batches_ == 0; }

  void push(Batch batch) {
    link_of(batch.first()) = address_of(top_) | std::uint64_t{batch.count()} << count_shift;
    top_ = batch.first();
    ++batches_;
  }

  // Precondition: not empty.
  Batch pop() {
    debug_check([this] { return !empty(); });
    page::Block* const first = top_;
    const std::uint64_t link = link_of(first);
    top_ = reinterpret_cast<page::Block*>(link & low_bits64(count_shift));
    --batches_;
    return {first, static_cast<std::uint32_t>(link >> count_shift)};
  }
  // Preconditions: not empty.
  [[nodiscard]] const page::Block* top() const { return top_; }
  [[nodiscard]] std::uint32_t top_count() const {
    return static_cast<std::uint32_t>(link_of(top_) >> count_shift);
  }

  void abandon() { *this = Depot{}; }

 private:
  static constexpr unsigned count_shift = 48;  // user addresses of x86-64 and arm64 end below it

  static std::uint64_t& link_of(page::Block* first) {
    return reinterpret_cast<std::uint64_t*>(first)[1];
  }

  page::Block* top_ = nullptr;
  std::uint32_t batches_ = 0;
};
static_assert(page::class_step >= 2 * sizeof(std::uint64_t), "a block holds both links");

}  // namespace hakmem::heap
