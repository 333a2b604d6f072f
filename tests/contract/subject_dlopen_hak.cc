// subject_dlopen_hak.cc: the subject is dlopened and taken by its hak_ names.
#include "dlopened_library.h"
#include "subject_libc_names.h"

namespace contract {

const Subject& subject() {
  static const Subject table = [] {
    constexpr auto find = find_in_dlopened_library;
    Subject made{};
    resolve(made.malloc, "hak_malloc", find);
    resolve(made.calloc, "hak_calloc", find);
    resolve(made.realloc, "hak_realloc", find);
    resolve(made.reallocarray, "hak_reallocarray", find);
    resolve(made.free, "hak_free", find);
    resolve(made.free_sized, "hak_free_sized", find);
    resolve(made.free_aligned_sized, "hak_free_aligned_sized", find);
    resolve(made.aligned_alloc, "hak_aligned_alloc", find);
    resolve(made.posix_memalign, "hak_posix_memalign", find);
    resolve(made.usable_size, "hak_usable_size", find);
    resolve_hak_functions(made, find);
    return made;
  }();
  return table;
}

const char* subject_object() { return "libhakmem"; }

}  // namespace contract
