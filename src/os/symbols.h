// symbols.h: what other objects of the process define, by name.
//
// Layer os. Cold: asked when an operation has failed. In a program linked statically there is
// nothing to ask and nothing is found.
#pragma once

namespace hakmem::os {

// A place to look symbols up in: an object and what it depends on, or the whole global scope.
class SymbolScope {
 public:
  explicit SymbolScope(void* handle) : handle_(handle) {}

  // Returns the address of the symbol `name`, null if it is not defined here.
  [[nodiscard]] void* find(const char* name) const;

 private:
  void* handle_;
};

// Shows scopes to `visit` until it returns true, and returns whether it did: first the global
// scope, then that of the object that holds the address `caller`, then those of all objects loaded,
// which finds what was loaded for the use of one library only.
bool visit_symbol_scopes(const void* caller, bool (*visit)(SymbolScope scope, void* context),
                         void* context);

// Returns whether the instruction at `code` is the dynamic loader's; also if that cannot be told.
bool is_in_loader(const void* code);

}  // namespace hakmem::os
