// subject_static.cc: the subject is linked into this executable with libhakmem.a.
#include "subject_libc_names.h"

extern "C" {
void free_sized(void* block, std::size_t bytes) noexcept;
void free_aligned_sized(void* block, std::size_t alignment, std::size_t bytes) noexcept;
void cfree(void* block) noexcept;
}

namespace contract {
namespace {

Subject make_subject() {
  Subject made{};
  take_bound_block_functions(made);
  made.free_sized = &::free_sized;
  made.free_aligned_sized = &::free_aligned_sized;
  made.version = &hak_version;
  made.get_statistics = &hak_get_statistics;
  made.print_statistics = &hak_print_statistics;
  made.trim = &hak_trim;
  made.get_option = &hak_get_option;
  made.check_invariants = &hak_check_invariants;
  return made;
}

LibcNames make_libc_names() {
  LibcNames made{};
  take_bound_libc_names(made);
  made.cfree = &::cfree;
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

const char* subject_object() { return "contract_static"; }

}  // namespace contract
