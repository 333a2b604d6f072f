// operator_runtime.h: the C++ runtime of the program, found when it is needed.
//
// Layer api. Cold. The library needs libc only, yet operator new must ask the program's new-handler
// and throw the program's std::bad_alloc. So the runtime - libstdc++, or libc++ with libc++abi; a
// shared object or linked in; loaded for all or for one plugin alone - is looked for at the moment
// of failure.
#pragma once

#include <array>
#include <cstdint>

namespace hakmem::api {

using NewHandler = void();

// What is wanted of a runtime, by the names of the C++ ABI (symbol_names in operator_runtime.cc).
enum class Symbol : std::uint8_t {
  get_new_handler,
  throw_bad_alloc,
  // What a throw expression is made of, for a runtime that does not export throw_bad_alloc.
  allocate_exception,
  throw_exception,
  bad_alloc_type,
  bad_alloc_table,
  bad_alloc_destructor,
  // What a catch clause is made of.
  personality,
  begin_catch,
  end_catch,
  count,
};

using Symbols = std::array<void*, static_cast<unsigned>(Symbol::count)>;

class CxxRuntime {
 public:
  explicit CxxRuntime(const Symbols& symbols) : symbols_(symbols) {}

  // Whether there is anything to work with.
  [[nodiscard]] bool usable() const { return has(Symbol::get_new_handler) || can_throw(); }

  // Returns the program's handler, null if there is none.
  [[nodiscard]] NewHandler* new_handler() const;
  // Throws std::bad_alloc; returns only if that is impossible.
  void throw_bad_alloc() const;
  // Calls the handler; returns whether it returned. What it throws ends here, provided the runtime
  // can catch.
  [[nodiscard]] bool call_caught(NewHandler* handler) const;

 private:
  [[nodiscard]] bool can_throw() const;
  [[nodiscard]] void* at(Symbol symbol) const { return symbols_[static_cast<unsigned>(symbol)]; }
  [[nodiscard]] bool has(Symbol symbol) const { return at(symbol) != nullptr; }

  Symbols symbols_;  // null where the runtime lacks it
};

// Returns the runtime used by the code at `caller`, or one that is not usable.
CxxRuntime find_cxx_runtime(const void* caller);

}  // namespace hakmem::api
