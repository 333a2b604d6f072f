// concepts.h: what a heap asks of the configuration it is built with.
//
// Layer heap. Each policy has its baseline here or in this folder; configs/ names one of each.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "page/page.h"
#include "region/tag.h"

namespace hakmem::heap {

// The ways a call can go, as the observe flavour counts them.
enum class Path : std::uint8_t {
  allocate_bin,   // popped from a bin
  allocate_pool,  // popped from a pool bin
  allocate_large,
  allocate_refill,  // the bin was empty
  free_bin,         // pushed on a bin
  free_overflow,
  free_home,  // went home at once
  free_core,
  free_large,
  free_outside,  // a mapping of its own
  free_foreign,  // handed to libc, whose block it was
  count,
};

// What a program asks for; each that is granted goes one of the ways. Counted where it comes in, so
// that the two counts check each other. A realloc that moves its block is one of each.
enum class Call : std::uint8_t { allocate, free, count };

// Sees every call. The baseline sees nothing and leaves no instruction.
template <class Observer>
concept ObserverPolicy = requires(Observer observer, const void* block, region::Route route) {
  observer.count(Path::free_bin);
  observer.count(Call::free);
  observer.check_free(block, route);
  { observer.calls(Path::free_bin) } -> std::convertible_to<std::uint64_t>;
  { observer.calls(Call::free) } -> std::convertible_to<std::uint64_t>;
  { Observer::counts } -> std::convertible_to<bool>;
};
struct NoObserver {
  static constexpr bool counts = false;
  void count(Path) {}
  void count(Call) {}
  [[nodiscard]] std::uint64_t calls(Path) const { return 0; }
  [[nodiscard]] std::uint64_t calls(Call) const { return 0; }
  void check_free(const void*, region::Route) {}
};

// Is told which bytes the program may touch: the first `bytes` of a block that has so many in all,
// or none of them. The baseline does nothing.
template <class Poison>
concept PoisonPolicy = requires(void* block, std::size_t bytes) {
  Poison::allocated(block, bytes, bytes);
  Poison::freed(block, bytes);
  { Poison::active } -> std::convertible_to<bool>;
};
struct NoPoison {
  static constexpr bool active = false;
  static void allocated(void*, std::size_t, std::size_t) {}
  static void freed(void*, std::size_t) {}
};

// Blocks that were freed, and are not back on their pages.
struct Held {
  std::size_t blocks = 0;
  std::size_t bytes = 0;

  Held& operator+=(const Held& other) {
    blocks += other.blocks;
    bytes += other.bytes;
    return *this;
  }
};

// How blocks of other heaps' pages travel home, with their hints set (owner.h). Boundary: send.
template <class RemoteFree>
concept RemoteFreePolicy = requires(RemoteFree remote, region::OwnerKey owner, page::Block* block,
                                    std::size_t bytes) {
  remote.send(owner, block, bytes);
  remote.flush();
  { remote.held() } -> std::same_as<Held>;
  remote.abandon();
};

// How a bin knows when it is full.
template <class Room>
concept RoomPolicy = requires {
  { Room::counts_allocations } -> std::convertible_to<bool>;
};
// Frees and allocations are counted: a bin's length is known without a walk.
struct TwoSidedRoom {
  static constexpr bool counts_allocations = true;
};

template <class Config>
concept HeapConfig =
    ObserverPolicy<typename Config::Observer> && PoisonPolicy<typename Config::Poison> &&
    RemoteFreePolicy<typename Config::RemoteFree> && RoomPolicy<typename Config::Room>;

}  // namespace hakmem::heap
