// fake_os.h: an operating system that remembers, refuses and checks.
//
// Linked instead of os/linux_memory.cc: a program with fake_os.cc among its own sources takes none
// of memory.h from the library's archive. Memory is real, so that contents can be looked at. Each
// call is recorded; each can be refused, by its site or by its length; and each is held against the
// contracts of memory.h: aligned, inside one reservation, nothing purged that was never committed,
// nothing released that was not reserved. A broken contract fails the test that runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "os/memory.h"

namespace hakmem::test {

enum class Request : std::uint8_t {
  reserve,
  reserve_readable,
  commit,
  map,
  remap,
  move,
  release,
  purge,
  forbid_huge_pages,
  allow_huge_pages,
};

struct Call {
  Request request;
  os::Site site;
  std::uintptr_t address;  // 0: it chose one itself
  std::size_t bytes;
  bool refused;
};

namespace fake_os {

// Gives everything back, forgets all calls and allows everything. Nobody may use the memory any
// more.
void reset();

// Refuses calls of a site: `count` of them after `skip` others.
void refuse(os::Site site, unsigned skip = 0, unsigned count = ~0U);
// Refuses reservations longer than this.
void refuse_reservations_beyond(std::size_t bytes);
// A refused move takes the target's memory as well, as that of a system which then has none left.
void lose_targets_of_refused_moves();
void allow_everything();

// What physical_bytes and address_space_left answer.
void set_physical_bytes(std::size_t bytes);
void set_address_space_left(std::size_t bytes);

// Called before a call takes effect, outside of any lock: another thread's turn, made to order.
void before_each_call(std::function<void(const Call&)> hook);

// The calls of one kind since the last forget_calls.
std::vector<Call> calls_of(Request request);
std::vector<Call> calls_at(os::Site site);
void forget_calls();

bool is_committed(const void* address, std::size_t bytes);
// Reservations and mappings not yet given back.
std::size_t mappings();
// Bytes of [address, address + bytes) that are resident.
std::size_t resident_bytes(const void* address, std::size_t bytes);

}  // namespace fake_os

}  // namespace hakmem::test
