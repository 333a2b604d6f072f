// linux_libc_blocks.cc: libc_blocks.h for glibc.
//
// glibc's chunks: the word before the block holds the chunk's length with three flags; a chunk of
// the main heap lies in the program break's area, a mapped one begins a mapping, or is aligned
// inside it.
#include "os/libc_blocks.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "base/bits.h"
#include "os/linux_syscall.h"
#include "os/memory.h"

extern "C" [[gnu::weak]] void __libc_free(void* block);

namespace hakmem::os {

namespace {

constexpr std::size_t previous_in_use = 1;
constexpr std::size_t is_own_mapping = 2;
constexpr std::size_t flags = 7;
constexpr std::size_t header_bytes = 16;
constexpr std::size_t smallest_chunk = 32;

std::uintptr_t program_break() { return static_cast<std::uintptr_t>(raw_syscall(SYS_brk, 0)); }

// What is in front of a block is not ours to read, by the address sanitizer's book.
__attribute__((no_sanitize_address)) std::size_t word_at(std::uintptr_t address) {
  return *reinterpret_cast<const std::size_t*>(address);
}

// Returns the second word of a chunk, or 0 if it cannot be read: the pointer may be anything, and
// its memory go at any moment, so the system reads it where it may.
std::size_t chunk_word(std::uintptr_t chunk) {
  const std::uintptr_t address = chunk + sizeof(std::size_t);
  std::size_t word = 0;
  const iovec here{.iov_base = &word, .iov_len = sizeof(word)};
  const iovec there{.iov_base = reinterpret_cast<void*>(address), .iov_len = sizeof(word)};
  const long result =
      raw_syscall(SYS_process_vm_readv, raw_syscall(SYS_getpid), reinterpret_cast<long>(&here), 1,
                  reinterpret_cast<long>(&there), 1, 0);
  if (result == sizeof(word)) return word;
  if (result == -EFAULT || !is_mapped(reinterpret_cast<const void*>(address))) return 0;
  return word_at(address);
}

// A chunk of the main heap: its length leads to a neighbour that knows it is in use.
std::size_t heap_chunk_bytes(std::uintptr_t chunk, std::uintptr_t end) {
  const std::size_t word = chunk_word(chunk);
  const std::size_t bytes = word & ~flags;
  if ((word & (flags & ~previous_in_use)) != 0 || bytes < smallest_chunk ||
      !is_aligned(bytes, header_bytes) || bytes > end - chunk - header_bytes) {
    return 0;
  }
  return (chunk_word(chunk + bytes) & previous_in_use) != 0 ? bytes - sizeof(std::size_t) : 0;
}

std::size_t mapped_chunk_bytes(std::uintptr_t chunk) {
  const std::size_t word = chunk_word(chunk);
  const std::size_t bytes = word & ~flags;
  const std::size_t before = chunk_word(chunk - sizeof(std::size_t));
  if ((word & flags) != is_own_mapping || bytes < os_page_bytes ||
      !is_aligned(chunk - before, os_page_bytes) || !is_aligned(bytes + before, os_page_bytes) ||
      before > bytes) {
    return 0;
  }
  return bytes - header_bytes;
}

}  // namespace

std::size_t libc_usable_bytes(const void* pointer) {
  const std::uintptr_t address = address_of(pointer);
  if (&__libc_free == nullptr || !is_aligned(address, header_bytes) || address < header_bytes) {
    return 0;
  }
  const std::uintptr_t chunk = address - header_bytes;
  // The break's area is contiguous and holds nothing but libc's main heap (and rarely a program's
  // own sbrk, whose words do not look like chunks).
  const std::uintptr_t end = program_break();
  constexpr std::size_t furthest_heap = 16 * gib;
  if (address < end && end - address < furthest_heap) {
    const std::size_t bytes = heap_chunk_bytes(chunk, end);
    if (bytes != 0) return bytes;
  }
  return mapped_chunk_bytes(chunk);
}

void libc_free(void* pointer) { __libc_free(pointer); }

}  // namespace hakmem::os
