// counters.h: what a heap counts about its rare events.
//
// Layer heap. Written by the heap's own thread, or by who holds its lock; read by anyone.
#pragma once

#include <cstdint>

#include "base/atomic.h"

namespace hakmem::heap {

struct Counters {
  Atomic<std::uint64_t> refills;     // bins filled from pages
  Atomic<std::uint64_t> refilled;    // blocks that took
  Atomic<std::uint64_t> overflows;   // bins handed on as batches
  Atomic<std::uint64_t> flushes;     // batches returned to pages and outboxes
  Atomic<std::uint64_t> pages;       // pages (runs) taken
  Atomic<std::uint64_t> retires;     // pages (runs) retired
  Atomic<std::uint64_t> came_home;   // own blocks that came through the inbox
  Atomic<std::uint64_t> home_turns;  // classes turned to HOME
  Atomic<std::uint64_t> keep_turns;  // classes turned back to KEEP
  Atomic<std::uint64_t> ticks;
  Atomic<std::uint64_t> sweeps;  // pages part of whose memory was given back
  Atomic<std::uint64_t> swept_bytes;
};

}  // namespace hakmem::heap
