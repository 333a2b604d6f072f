// plugin.cc: a C++ plugin that runs out of memory and catches bad_alloc.
//
// Loaded with RTLD_LOCAL by a C program: its C++ runtime is in no global scope when operator new
// has to throw.
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

namespace {

struct Node {
  Node* next;
  char bytes[100'000];
};

std::size_t hoard_until_refused() {
  Node* first = nullptr;
  std::size_t taken = 0;
  try {
    while (taken < (std::size_t{8} << 30)) {
      Node* const node = new Node;
      std::memset(node->bytes, 1, sizeof(node->bytes));
      node->next = first;
      first = node;
      taken += sizeof(Node);
    }
  } catch (const std::bad_alloc&) {
    while (first != nullptr) delete std::exchange(first, first->next);
    return taken;
  }
  return 0;
}

unsigned handler_calls = 0;

}  // namespace

// Returns the number of bytes that could be had before bad_alloc was caught, 0 if it never came.
extern "C" std::size_t plugin_exhaust() { return hoard_until_refused(); }

// Returns whether an impossible size is refused as each form of new should.
extern "C" int plugin_refuses() {
  volatile std::size_t too_much = SIZE_MAX / 2 - 65536;
  try {
    ::operator delete(::operator new(too_much));
    return 0;
  } catch (const std::bad_alloc&) {
  }
  if (::operator new(too_much, std::nothrow) != nullptr) return 0;
  std::set_new_handler([] {
    if (++handler_calls == 3) std::set_new_handler(nullptr);
  });
  try {
    ::operator delete(::operator new(too_much));
    return 0;
  } catch (const std::bad_alloc&) {
  }
  return handler_calls == 3 ? 1 : 0;
}
