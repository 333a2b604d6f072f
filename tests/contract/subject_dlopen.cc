// subject_dlopen.cc: the subject is dlopened and its malloc names are taken one by one.
#include "dlopened_library.h"
#include "subject_libc_names.h"

namespace contract {
namespace {

constexpr auto find = find_in_dlopened_library;

Subject make_subject() {
  Subject made{};
  resolve(made.malloc, "malloc", find);
  resolve(made.calloc, "calloc", find);
  resolve(made.realloc, "realloc", find);
  resolve(made.reallocarray, "reallocarray", find);
  resolve(made.free, "free", find);
  resolve(made.free_sized, "free_sized", find);
  resolve(made.free_aligned_sized, "free_aligned_sized", find);
  resolve(made.aligned_alloc, "aligned_alloc", find);
  resolve(made.posix_memalign, "posix_memalign", find);
  resolve(made.usable_size, "malloc_usable_size", find);
  resolve_hak_functions(made, find);
  return made;
}

LibcNames make_libc_names() {
  LibcNames made{};
  resolve(made.memalign, "memalign", find);
  resolve(made.valloc, "valloc", find);
  resolve(made.pvalloc, "pvalloc", find);
  resolve(made.cfree, "cfree", find);
  resolve(made.malloc_trim, "malloc_trim", find);
  resolve(made.mallopt, "mallopt", find);
  resolve(made.mallinfo, "mallinfo", find);
  resolve(made.mallinfo2, "mallinfo2", find);
  resolve(made.malloc_info, "malloc_info", find);
  resolve(made.malloc_stats, "malloc_stats", find);
  return made;
}

Operators make_operators() {
  Operators made{};
  resolve(made.take, "_Znwm", find);
  resolve(made.take_array, "_Znam", find);
  resolve(made.take_nothrow, "_ZnwmRKSt9nothrow_t", find);
  resolve(made.take_array_nothrow, "_ZnamRKSt9nothrow_t", find);
  resolve(made.take_aligned, "_ZnwmSt11align_val_t", find);
  resolve(made.take_array_aligned, "_ZnamSt11align_val_t", find);
  resolve(made.take_aligned_nothrow, "_ZnwmSt11align_val_tRKSt9nothrow_t", find);
  resolve(made.take_array_aligned_nothrow, "_ZnamSt11align_val_tRKSt9nothrow_t", find);
  resolve(made.give, "_ZdlPv", find);
  resolve(made.give_array, "_ZdaPv", find);
  resolve(made.give_sized, "_ZdlPvm", find);
  resolve(made.give_array_sized, "_ZdaPvm", find);
  resolve(made.give_nothrow, "_ZdlPvRKSt9nothrow_t", find);
  resolve(made.give_array_nothrow, "_ZdaPvRKSt9nothrow_t", find);
  resolve(made.give_aligned, "_ZdlPvSt11align_val_t", find);
  resolve(made.give_array_aligned, "_ZdaPvSt11align_val_t", find);
  resolve(made.give_sized_aligned, "_ZdlPvmSt11align_val_t", find);
  resolve(made.give_array_sized_aligned, "_ZdaPvmSt11align_val_t", find);
  resolve(made.give_aligned_nothrow, "_ZdlPvSt11align_val_tRKSt9nothrow_t", find);
  resolve(made.give_array_aligned_nothrow, "_ZdaPvSt11align_val_tRKSt9nothrow_t", find);
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
