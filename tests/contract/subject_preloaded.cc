// subject_preloaded.cc: the subject came by LD_PRELOAD; this executable knows only libc's names.
//
// What libc 2.36 does not declare (free_sized, cfree, the hak_ functions) is asked of the loader,
// which answers with the preloaded library's.
#include <dlfcn.h>

#include "subject_libc_names.h"

namespace contract {
namespace {

void* find(const char* name) { return dlsym(RTLD_DEFAULT, name); }

Subject make_subject() {
  Subject made{};
  take_bound_block_functions(made);
  resolve(made.free_sized, "free_sized", find);
  resolve(made.free_aligned_sized, "free_aligned_sized", find);
  resolve_hak_functions(made, find);
  return made;
}

LibcNames make_libc_names() {
  LibcNames made{};
  take_bound_libc_names(made);
  resolve(made.cfree, "cfree", find);
  return made;
}

Operators make_operators() {
  Operators made{};
  take_bound_operators(made);
  return made;
}

}  // namespace

const Subject& subject() {
  static const Subject table = make_subject();
  return table;
}

const LibcNames& libc_names() {
  static const LibcNames table = make_libc_names();
  return table;
}

const Operators& operators() {
  static const Operators table = make_operators();
  return table;
}

const char* subject_object() { return "libhakmem"; }

}  // namespace contract
