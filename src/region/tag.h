// tag.h: the word per page that says whose it is and which way a free goes.
//
// Layer region. The low half is the route: on a page whose blocks go straight into a bin it is the
// bin's offset in the heap; otherwise a kind bit above every bin offset is set, so that one compare
// in free tells the two apart. Zero, what untouched table reads as, is no page of ours: it is the
// offset of the heap's guard bin, which never takes a block.
//
// T1  A route's bin offset is constant while any block of the page is off the page.
// T2  Between 0 and 0 of both halves the owner is written before the route (release), so a reader
//     that meets a route (acquire, or by having got a block of the page) also meets the owner.
#pragma once

#include <cstdint>

#include "base/atomic.h"

namespace hakmem::region {

// The number of a heap as pages know it. 0: none.
enum class OwnerKey : std::uint16_t { none = 0 };
constexpr std::uint16_t number(OwnerKey key) { return static_cast<std::uint16_t>(key); }

using Route = std::uint16_t;
inline constexpr Route no_route = 0;
inline constexpr Route home_route = 0x8000;   // pool and small pages whose blocks go home at once
inline constexpr Route core_route = 0x4000;   // page-exact: no bin takes the block
inline constexpr Route large_route = 0xC000;  // first page of a large block
inline constexpr Route offset_mask = 0x3FFF;  // the bin offset, in every kind of route

constexpr Route kind_of(Route route) { return route & static_cast<Route>(~offset_mask); }
constexpr Route offset_of(Route route) { return route & offset_mask; }

struct PageTag {
  Atomic<Route> route;          // read by every free; written by the page's owner
  Atomic<std::uint16_t> owner;  // read by every flush; written by the owner, or by who takes over
};
static_assert(sizeof(PageTag) == 4, "sixteen tags to a cache line");

}  // namespace hakmem::region
