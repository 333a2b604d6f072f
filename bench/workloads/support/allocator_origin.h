// allocator_origin.h: which object did this process get its malloc from?
//
// A sample counts only if it proves its allocator: LD_PRELOAD is ignored by setuid and static
// programs and misspelt by people. The path comes from the dynamic linker, the build id from the
// note in that object's mapped program headers, so neither can disagree with what runs.
#pragma once

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace workload {

struct AllocatorOrigin {
  const char* foreign;  // the first function of malloc's family that another object has, or ""
  char path[1024];      // canonical where it exists, else as the dynamic linker knows it
  char build_id[129];   // hexadecimal; empty if the object has none
};

namespace detail {

inline void copy_build_id(const char* note, size_t bytes, AllocatorOrigin& origin) {
  const auto padded = [](size_t size) { return (size + 3) & ~size_t{3}; };
  while (bytes >= sizeof(ElfW(Nhdr))) {
    const auto* const header = reinterpret_cast<const ElfW(Nhdr)*>(note);
    const char* const name = note + sizeof(*header);
    const size_t note_bytes = sizeof(*header) + padded(header->n_namesz) + padded(header->n_descsz);
    if (note_bytes > bytes) return;
    if (header->n_type == NT_GNU_BUILD_ID && header->n_namesz == sizeof(ELF_NOTE_GNU) &&
        memcmp(name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) == 0) {
      const auto* const id =
          reinterpret_cast<const unsigned char*>(name) + padded(header->n_namesz);
      for (size_t i = 0; i < header->n_descsz && 2 * i + 2 < sizeof(origin.build_id); ++i) {
        snprintf(origin.build_id + 2 * i, 3, "%02x", id[i]);
      }
      return;
    }
    note += note_bytes;
    bytes -= note_bytes;
  }
}

struct ObjectSearch {
  uintptr_t address;  // of a function in the object
  AllocatorOrigin* origin;
};

// Callback of dl_iterate_phdr: takes the build id of the object that contains the address.
inline int visit_object(dl_phdr_info* object, size_t, void* argument) {
  const auto& search = *static_cast<const ObjectSearch*>(argument);
  bool contains = false;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    const uintptr_t start = object->dlpi_addr + part.p_vaddr;
    contains |= part.p_type == PT_LOAD && search.address - start < part.p_memsz;
  }
  if (!contains) return 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    if (part.p_type != PT_NOTE) continue;
    const uintptr_t start = object->dlpi_addr + part.p_vaddr;
    copy_build_id(reinterpret_cast<const char*>(start), part.p_memsz, *search.origin);
  }
  return 1;
}

}  // namespace detail

// Returns the first function that is not found in the object with that base: half an allocator
// leaves what it does not define to libc.
inline const char* find_foreign_function(const void* base) {
  constexpr const char* family[] = {"calloc", "realloc", "free", "posix_memalign"};
  for (const char* const name : family) {
    Dl_info info = {};
    void* const address = dlsym(RTLD_DEFAULT, name);
    if (address == nullptr || dladdr(address, &info) == 0 || info.dli_fbase != base) return name;
  }
  return "";
}

// Returns where malloc comes from; all fields are empty if the dynamic linker does not know.
inline AllocatorOrigin find_allocator_origin() {
  AllocatorOrigin origin = {};
  origin.foreign = "";
  // Not &malloc: in some link modes that is a stub inside this very program.
  void* const address = dlsym(RTLD_DEFAULT, "malloc");
  Dl_info info = {};
  if (address == nullptr || dladdr(address, &info) == 0) return origin;
  origin.foreign = find_foreign_function(info.dli_fbase);
  char* const canonical = realpath(info.dli_fname, nullptr);
  snprintf(origin.path, sizeof(origin.path), "%s",
           canonical != nullptr ? canonical : info.dli_fname);
  free(canonical);
  detail::ObjectSearch search{reinterpret_cast<uintptr_t>(address), &origin};
  dl_iterate_phdr(detail::visit_object, &search);
  return origin;
}

}  // namespace workload
