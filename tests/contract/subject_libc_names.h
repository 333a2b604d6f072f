// subject_libc_names.h: tables filled from the malloc names that the linker or loader bound.
//
// Used by the preloaded and the static way, which differ only in where hak_ functions and those
// unknown to this libc come from: `find` is asked for these by name.
#pragma once

#include <stdlib.h>

#include "subject.h"

namespace contract {

// Sets `function` to what `find` knows as `name`.
template <typename Function, typename Find>
void resolve(Function*& function, const char* name, const Find& find) {
  function = reinterpret_cast<Function*>(find(name));
}

template <typename Find>
void resolve_hak_functions(Subject& subject, const Find& find) {
  resolve(subject.version, "hak_version", find);
  resolve(subject.get_statistics, "hak_get_statistics", find);
  resolve(subject.print_statistics, "hak_print_statistics", find);
  resolve(subject.trim, "hak_trim", find);
  resolve(subject.get_option, "hak_get_option", find);
  resolve(subject.check_invariants, "hak_check_invariants", find);
}

inline void take_bound_block_functions(Subject& subject) {
  subject.malloc = &::malloc;
  subject.calloc = &::calloc;
  subject.realloc = &::realloc;
  subject.reallocarray = &::reallocarray;
  subject.free = &::free;
  subject.aligned_alloc = &::aligned_alloc;
  subject.posix_memalign = &::posix_memalign;
  subject.usable_size = reinterpret_cast<std::size_t (*)(const void*)>(&::malloc_usable_size);
}

inline void take_bound_libc_names(LibcNames& names) {
  names.memalign = &::memalign;
  names.valloc = &::valloc;
  names.pvalloc = &::pvalloc;
  names.malloc_trim = &::malloc_trim;
  names.mallopt = &::mallopt;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // the deprecated is under test as well
  names.mallinfo = &::mallinfo;
#pragma GCC diagnostic pop
  names.mallinfo2 = &::mallinfo2;
  names.malloc_info = &::malloc_info;
  names.malloc_stats = &::malloc_stats;
}

inline void take_bound_operators(Operators& operators) {
  operators.take = &::operator new;
  operators.take_array = &::operator new[];
  operators.take_nothrow = &::operator new;
  operators.take_array_nothrow = &::operator new[];
  operators.take_aligned = &::operator new;
  operators.take_array_aligned = &::operator new[];
  operators.take_aligned_nothrow = &::operator new;
  operators.take_array_aligned_nothrow = &::operator new[];
  operators.give = &::operator delete;
  operators.give_array = &::operator delete[];
  operators.give_sized = &::operator delete;
  operators.give_array_sized = &::operator delete[];
  operators.give_nothrow = &::operator delete;
  operators.give_array_nothrow = &::operator delete[];
  operators.give_aligned = &::operator delete;
  operators.give_array_aligned = &::operator delete[];
  operators.give_sized_aligned = &::operator delete;
  operators.give_array_sized_aligned = &::operator delete[];
  operators.give_aligned_nothrow = &::operator delete;
  operators.give_array_aligned_nothrow = &::operator delete[];
}

}  // namespace contract
