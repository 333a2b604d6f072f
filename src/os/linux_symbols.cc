// linux_symbols.cc: symbols.h with glibc's dynamic linker.
//
// An object is looked up by its path with RTLD_NOLOAD: nothing is loaded, and nothing is allocated
// on the way, so this works without memory.
#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <sys/auxv.h>

#include <algorithm>
#include <cstddef>

#include "base/bits.h"
#include "os/symbols.h"

namespace hakmem::os {

namespace {

struct Search {
  unsigned steps_left;
  bool found;
  char path[PATH_MAX];
};

// Copies the path of the object steps_left further on. Not opened here: the list's lock is held.
int copy_path(dl_phdr_info* info, std::size_t /*size*/, void* context) {
  auto& search = *static_cast<Search*>(context);
  if (search.steps_left-- != 0) return 0;
  search.found = true;
  std::size_t length = 0;
  for (; info->dlpi_name[length] != 0 && length < sizeof(search.path) - 1; ++length) {
    search.path[length] = info->dlpi_name[length];
  }
  search.path[length] = 0;
  return 1;
}

// dlopen by name: calling it outright brings a linker warning to every program linked statically.
using Open = void*(const char* path, int mode);

bool visit_object(Open* open, const char* path, bool (*visit)(SymbolScope, void*), void* context) {
  void* const handle = open(path, RTLD_NOLOAD | RTLD_LAZY);
  if (handle == nullptr) return false;
  const bool done = visit(SymbolScope(handle), context);
  dlclose(handle);
  return done;
}

}  // namespace

void* SymbolScope::find(const char* name) const { return dlsym(handle_, name); }

bool visit_symbol_scopes(const void* caller, bool (*visit)(SymbolScope scope, void* context),
                         void* context) {
  const SymbolScope global(RTLD_DEFAULT);
  if (visit(global, context)) return true;
  auto* const open = reinterpret_cast<Open*>(global.find("dlopen"));
  if (open == nullptr) return false;
  Dl_info info;
  if (dladdr(caller, &info) != 0 && visit_object(open, info.dli_fname, visit, context)) return true;
  for (unsigned index = 0;; ++index) {
    Search search;
    search.steps_left = index;
    search.found = false;
    dl_iterate_phdr(copy_path, &search);
    if (!search.found) return false;
    if (visit_object(open, search.path, visit, context)) return true;
  }
}

bool is_in_loader(const void* code) {
  const std::uintptr_t base = getauxval(AT_BASE);
  if (base == 0) return true;
  const auto& header = *reinterpret_cast<const ElfW(Ehdr)*>(base);
  const auto* const parts = reinterpret_cast<const ElfW(Phdr)*>(base + header.e_phoff);
  std::uintptr_t end = base;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    if (parts[i].p_type != PT_LOAD) continue;
    end = std::max<std::uintptr_t>(end, base + parts[i].p_vaddr + parts[i].p_memsz);
  }
  return address_of(code) - base < end - base;
}

}  // namespace hakmem::os
