// subject_api.cc: the hak_ functions of libhakmem-api.a; malloc stays libc's (or a sanitizer's).
#include "subject.h"

namespace contract {

const Subject& subject() {
  static constexpr Subject table{
      .malloc = &hak_malloc,
      .calloc = &hak_calloc,
      .realloc = &hak_realloc,
      .reallocarray = &hak_reallocarray,
      .free = &hak_free,
      .free_sized = &hak_free_sized,
      .free_aligned_sized = &hak_free_aligned_sized,
      .aligned_alloc = &hak_aligned_alloc,
      .posix_memalign = &hak_posix_memalign,
      .usable_size = &hak_usable_size,
      .version = &hak_version,
      .get_statistics = &hak_get_statistics,
      .print_statistics = &hak_print_statistics,
      .trim = &hak_trim,
      .get_option = &hak_get_option,
      .check_invariants = &hak_check_invariants,
  };
  return table;
}

const char* subject_object() { return "contract_api"; }

}  // namespace contract
