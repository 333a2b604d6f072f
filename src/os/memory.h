// memory.h: address space and the memory behind it.
//
// Layer os. Cold. Nothing here sets errno or allocates; a refusal is null or false and changes
// nothing. Addresses and sizes are multiples of os_page_bytes unless a contract says otherwise.
#pragma once

#include <cstddef>

#include "os/site.h"

namespace hakmem::os {

inline constexpr std::size_t os_page_bytes = 4096;

// Returns the size of the kernel's pages; start-up refuses any other than os_page_bytes.
std::size_t actual_page_bytes();

// Reserves address space at a multiple of `alignment` (a power of two, at least an OS page). No
// access, no commit charge.
void* reserve(Site site, std::size_t bytes, std::size_t alignment);
// As reserve, readable as zeros: a table whose untouched part answers "nothing here".
void* reserve_readable(Site site, std::size_t bytes);
// Makes reserved space readable and writable, charged to the process from now on.
bool commit(Site site, void* address, std::size_t bytes);
// Returns zeroed writable memory of its own at a multiple of `alignment`.
void* map(Site site, std::size_t bytes, std::size_t alignment);
// Resizes what map returned, moving it if need be; the old mapping stands if this returns null.
void* remap(Site site, void* address, std::size_t old_bytes, std::size_t new_bytes);
// Moves the memory of [from, from + bytes) to `to`, which loses its own; `from` becomes fresh
// zeros, writable. `refused`: `from` is as it was, `to` may have lost its contents. `lost`: so, and
// `to` is no memory any more.
enum class Moved : std::uint8_t { yes, refused, lost };
Moved move(Site site, void* from, void* to, std::size_t bytes);
// Gives address space back.
void release(void* address, std::size_t bytes);
// Gives the memory behind the addresses back; they stay writable and read as zeros.
bool purge(Site site, void* address, std::size_t bytes);
// Whether huge pages may back the addresses.
bool forbid_huge_pages(Site site, void* address, std::size_t bytes);
bool allow_huge_pages(Site site, void* address, std::size_t bytes);

// Returns whether a byte of the OS page at `address` can be read without a fault.
bool is_mapped(const void* address);

// Returns the bytes of physical memory, and the address space the process may still take.
std::size_t physical_bytes();
std::size_t address_space_left();

}  // namespace hakmem::os
