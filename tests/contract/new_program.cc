// new_program.cc: new-expressions as programs write them, with whichever C++ runtime it is built.
//
// Built by g++, by clang with libc++, with libstdc++ inside the program, and wholly static; run
// preloaded or linked. Judges itself: returns 0, or the line of the first thing that is not so.
#include <dlfcn.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "hakmem.h"

namespace {

void require(bool condition, int line) {
  if (condition) return;
  std::fprintf(stderr, "new_program.cc:%d is not so\n", line);
  std::_Exit(1);
}

// The caller's line comes with the call.
void check(bool condition, int line = __builtin_LINE()) { require(condition, line); }

constexpr std::size_t mib = std::size_t{1} << 20;
constexpr std::size_t too_much = SIZE_MAX / 2 - 65536;

struct alignas(128) Wide {
  double values[32];
};

struct Counted {
  static int alive;
  std::string text{"a text too long for the small string optimisation"};
  Counted() { ++alive; }
  ~Counted() { --alive; }
};
int Counted::alive = 0;

// Hides a value: a compiler may leave out a new and its delete where it sees both.
template <typename Value>
Value opaque(Value value) {
  volatile Value hidden = value;
  return hidden;
}

// The hak_ function of the process, linked or preloaded.
template <typename Function>
Function* hak(Function* linked, const char* name) {
  if (linked != nullptr) return linked;
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

#pragma weak hak_get_statistics
#pragma weak hak_check_invariants

hak_statistics statistics() {
  hak_statistics snapshot{};
  snapshot.size = sizeof(snapshot);
  auto* const get = hak(&hak_get_statistics, "hak_get_statistics");
  check(get != nullptr && get(&snapshot) == 0);
  return snapshot;
}

void blocks_are_hakmems() {
  const hak_statistics before = statistics();
  char* const block = opaque(new char[opaque(5 * mib)]);
  check(statistics().live_bytes >= before.live_bytes + 5 * mib);
  delete[] block;
  check(statistics().live_bytes < before.live_bytes + 5 * mib);
}

void expressions() {
  for (int round = 0; round < 1000; ++round) {
    auto* const one = opaque(new Counted);
    auto* const many = opaque(new Counted[opaque(7)]);
    check(Counted::alive == 8);
    delete one;
    delete[] many;
    auto* const wide = opaque(new Wide);
    auto* const row = opaque(new Wide[opaque(3)]);
    check(reinterpret_cast<std::uintptr_t>(wide) % 128 == 0);
    check(reinterpret_cast<std::uintptr_t>(row) % 128 == 0);
    wide->values[31] = row[2].values[31] = 1;
    delete wide;
    delete[] row;
    auto* const maybe = opaque(new (std::nothrow) int[opaque(100)]);
    check(maybe != nullptr);
    delete[] maybe;
  }
  check(Counted::alive == 0);
  std::vector<std::unique_ptr<std::string>> strings;
  for (int i = 0; i < 5000; ++i) {
    strings.push_back(std::make_unique<std::string>(static_cast<std::size_t>(i % 700), 'x'));
  }
}

void refusals() {
  bool caught = false;
  try {
    char* const block = opaque(new char[opaque(too_much)]);
    delete[] block;
  } catch (const std::bad_alloc& error) {
    caught = error.what() != nullptr && std::strlen(error.what()) > 0;
  }
  check(caught);
  caught = false;
  try {
    ::operator delete(::operator new (opaque(too_much), std::align_val_t{256}));
  } catch (const std::bad_alloc&) {
    caught = true;
  }
  check(caught);
  check(opaque(new (std::nothrow) char[opaque(too_much)]) == nullptr);
  check(::operator new (opaque(too_much), std::align_val_t{256}, std::nothrow) == nullptr);
}

int handler_calls = 0;
char* reserve = nullptr;

void limit_data(rlim_t bytes) {
  rlimit limit;
  check(getrlimit(RLIMIT_DATA, &limit) == 0);
  limit.rlim_cur = bytes;
  check(setrlimit(RLIMIT_DATA, &limit) == 0);
}

// The handler gives its reserve up once; afterwards it resigns and bad_alloc is thrown.
void handler_loop() {
  limit_data(96 * mib);
  reserve = new char[40 * mib];
  std::memset(reserve, 1, 40 * mib);
  std::set_new_handler([] {
    ++handler_calls;
    if (reserve == nullptr) {
      std::set_new_handler(nullptr);
      return;
    }
    delete[] reserve;
    reserve = nullptr;
  });
  struct Node {
    Node* next;
    char bytes[64 * 1024 - 8];
  };
  Node* first = nullptr;
  std::size_t taken_after_the_handler = 0;
  bool caught = false;
  try {
    while (true) {
      Node* const node = new Node;
      std::memset(node->bytes, 1, sizeof(node->bytes));
      node->next = first;
      first = node;
      if (handler_calls == 1) taken_after_the_handler += sizeof(Node);
      check(taken_after_the_handler < 400 * mib);
    }
  } catch (const std::bad_alloc&) {
    caught = true;
  }
  check(caught);
  check(handler_calls == 2);
  check(taken_after_the_handler > 20 * mib);
  check(std::get_new_handler() == nullptr);
  while (first != nullptr) delete std::exchange(first, first->next);
  limit_data(RLIM_INFINITY);
  delete[] opaque(new char[200 * mib]);
}

void handler_that_throws() {
  struct Resigned {};
  std::set_new_handler([] { throw Resigned(); });
  bool caught = false;
  try {
    delete[] opaque(new char[opaque(too_much)]);
  } catch (const Resigned&) {
    caught = true;
  }
  check(caught);
  std::set_new_handler([] { throw std::bad_alloc(); });
  check(opaque(new (std::nothrow) char[opaque(too_much)]) == nullptr);
  std::set_new_handler(nullptr);
}

}  // namespace

int main() {
  blocks_are_hakmems();
  expressions();
  refusals();
  handler_loop();
  handler_that_throws();
  check(statistics().error_count == 0);
  auto* const check_invariants = hak(&hak_check_invariants, "hak_check_invariants");
  check(check_invariants() == 0);
  return 0;
}
