// subject.h: the functions under test, whichever way they got into the process.
//
// The same test sources run preloaded, linked statically, taken from a dlopened library, and
// through the hak_ names; subject_<way>.cc fills these tables. Tests call through the tables only,
// so no compiler can drop a pair of calls, and no test can reach another allocator by mistake.
// The first half of Subject exists in every way; LibcNames and Operators only where the malloc
// names are the subject's (preloaded, static, dlopen).
#pragma once

#include <malloc.h>

#include <cstddef>
#include <cstdio>
#include <new>

#include "hakmem.h"

namespace contract {

// Blocks by the names that malloc and hak_ share, and the allocator as a whole.
struct Subject {
  void* (*malloc)(std::size_t bytes);
  void* (*calloc)(std::size_t count, std::size_t bytes);
  void* (*realloc)(void* block, std::size_t bytes);
  void* (*reallocarray)(void* block, std::size_t count, std::size_t bytes);
  void (*free)(void* block);
  void (*free_sized)(void* block, std::size_t bytes);
  void (*free_aligned_sized)(void* block, std::size_t alignment, std::size_t bytes);
  void* (*aligned_alloc)(std::size_t alignment, std::size_t bytes);
  int (*posix_memalign)(void** block, std::size_t alignment, std::size_t bytes);
  std::size_t (*usable_size)(const void* block);

  const char* (*version)();
  int (*get_statistics)(hak_statistics* statistics);
  void (*print_statistics)(int fd);
  int (*trim)(std::size_t keep_bytes);
  int (*get_option)(const char* name, char* value, std::size_t value_bytes);
  std::size_t (*check_invariants)();
};

// What glibc offers beyond the above.
struct LibcNames {
  void* (*memalign)(std::size_t alignment, std::size_t bytes);
  void* (*valloc)(std::size_t bytes);
  void* (*pvalloc)(std::size_t bytes);
  void (*cfree)(void* block);
  int (*malloc_trim)(std::size_t keep_bytes);
  int (*mallopt)(int parameter, int value);
  struct mallinfo (*mallinfo)();
  struct mallinfo2 (*mallinfo2)();
  int (*malloc_info)(int options, std::FILE* stream);
  void (*malloc_stats)();
};

struct Operators {
  using Bytes = std::size_t;
  using Alignment = std::align_val_t;
  using Nothrow = const std::nothrow_t&;

  void* (*take)(Bytes);
  void* (*take_array)(Bytes);
  void* (*take_nothrow)(Bytes, Nothrow);
  void* (*take_array_nothrow)(Bytes, Nothrow);
  void* (*take_aligned)(Bytes, Alignment);
  void* (*take_array_aligned)(Bytes, Alignment);
  void* (*take_aligned_nothrow)(Bytes, Alignment, Nothrow);
  void* (*take_array_aligned_nothrow)(Bytes, Alignment, Nothrow);

  void (*give)(void*);
  void (*give_array)(void*);
  void (*give_sized)(void*, Bytes);
  void (*give_array_sized)(void*, Bytes);
  void (*give_nothrow)(void*, Nothrow);
  void (*give_array_nothrow)(void*, Nothrow);
  void (*give_aligned)(void*, Alignment);
  void (*give_array_aligned)(void*, Alignment);
  void (*give_sized_aligned)(void*, Bytes, Alignment);
  void (*give_array_sized_aligned)(void*, Bytes, Alignment);
  void (*give_aligned_nothrow)(void*, Alignment, Nothrow);
  void (*give_array_aligned_nothrow)(void*, Alignment, Nothrow);
};

// Usable from the first constructor on.
const Subject& subject();
const LibcNames& libc_names();
const Operators& operators();

// A piece of the path of the object that must hold every function of the tables: the library's
// name, or the test executable's own.
const char* subject_object();

}  // namespace contract
