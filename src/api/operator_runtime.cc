// operator_runtime.cc: where the symbols come from, and what is done with them.
//
// First the weak references: bound by the linker or at load time they serve nearly every program,
// they are all there is in one linked statically, and they make the linker export the symbols of a
// program that has its runtime linked in. Then what the dynamic linker knows now.
#include "api/operator_runtime.h"

#include <cstddef>

#include "api/operator_caught_call.h"
#include "os/symbols.h"
#include "policy/text.h"

// Only the addresses matter, so all are declared alike.
extern "C" {
[[gnu::weak]] extern char hakmem_get_new_handler asm("_ZSt15get_new_handlerv");
[[gnu::weak]] extern char hakmem_throw_bad_alloc asm("_ZSt17__throw_bad_allocv");
[[gnu::weak]] extern char hakmem_allocate_exception asm("__cxa_allocate_exception");
[[gnu::weak]] extern char hakmem_throw_exception asm("__cxa_throw");
[[gnu::weak]] extern char hakmem_bad_alloc_type asm("_ZTISt9bad_alloc");
[[gnu::weak]] extern char hakmem_bad_alloc_table asm("_ZTVSt9bad_alloc");
[[gnu::weak]] extern char hakmem_bad_alloc_destructor asm("_ZNSt9bad_allocD1Ev");
[[gnu::weak]] extern char hakmem_personality asm("__gxx_personality_v0");
[[gnu::weak]] extern char hakmem_begin_catch asm("__cxa_begin_catch");
[[gnu::weak]] extern char hakmem_end_catch asm("__cxa_end_catch");
}

namespace hakmem::api {

namespace {

constexpr std::array<policy::Text<32>, static_cast<unsigned>(Symbol::count)> symbol_names = {{
    {"_ZSt15get_new_handlerv"},
    {"_ZSt17__throw_bad_allocv"},
    {"__cxa_allocate_exception"},
    {"__cxa_throw"},
    {"_ZTISt9bad_alloc"},
    {"_ZTVSt9bad_alloc"},
    {"_ZNSt9bad_allocD1Ev"},
    {"__gxx_personality_v0"},
    {"__cxa_begin_catch"},
    {"__cxa_end_catch"},
}};

CxxRuntime linked_runtime() {
  return CxxRuntime({&hakmem_get_new_handler, &hakmem_throw_bad_alloc, &hakmem_allocate_exception,
                     &hakmem_throw_exception, &hakmem_bad_alloc_type, &hakmem_bad_alloc_table,
                     &hakmem_bad_alloc_destructor, &hakmem_personality, &hakmem_begin_catch,
                     &hakmem_end_catch});
}

// All from one scope: two runtimes in one process do not understand each other.
bool take_runtime(os::SymbolScope scope, void* context) {
  Symbols symbols;
  for (unsigned i = 0; i < symbols.size(); ++i) symbols[i] = scope.find(symbol_names[i].c_str());
  auto& runtime = *static_cast<CxxRuntime*>(context);
  runtime = CxxRuntime(symbols);
  return runtime.usable();
}

template <class Function>
Function* as_function(void* address) {
  return reinterpret_cast<Function*>(address);
}

}  // namespace

bool CxxRuntime::can_throw() const {
  return has(Symbol::throw_bad_alloc) ||
         (has(Symbol::allocate_exception) && has(Symbol::throw_exception) &&
          has(Symbol::bad_alloc_type) && has(Symbol::bad_alloc_table) &&
          has(Symbol::bad_alloc_destructor));
}

NewHandler* CxxRuntime::new_handler() const {
  if (!has(Symbol::get_new_handler)) return nullptr;
  return as_function<NewHandler*()>(at(Symbol::get_new_handler))();
}

void CxxRuntime::throw_bad_alloc() const {
  if (!can_throw()) return;
  if (has(Symbol::throw_bad_alloc)) as_function<void()>(at(Symbol::throw_bad_alloc))();

  // std::bad_alloc is a pointer to its table of virtual functions; that points behind the table's
  // head, which is the offset to the top and the type.
  constexpr std::size_t table_head = 2;
  void* const exception =
      as_function<void*(std::size_t)>(at(Symbol::allocate_exception))(sizeof(void*));
  *static_cast<void**>(exception) = static_cast<void**>(at(Symbol::bad_alloc_table)) + table_head;
  using Destructor = void(void*);
  as_function<void(void*, void*, Destructor*)>(at(Symbol::throw_exception))(
      exception, at(Symbol::bad_alloc_type),
      as_function<Destructor>(at(Symbol::bad_alloc_destructor)));
}

bool CxxRuntime::call_caught(NewHandler* handler) const {
  return hakmem_call_caught(handler, at(Symbol::begin_catch), at(Symbol::end_catch),
                            at(Symbol::personality));
}

CxxRuntime find_cxx_runtime(const void* caller) {
  CxxRuntime runtime = linked_runtime();
  if (!runtime.usable()) os::visit_symbol_scopes(caller, take_runtime, &runtime);
  return runtime;
}

}  // namespace hakmem::api
