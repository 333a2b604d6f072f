// linux_memory.cc: memory.h on Linux.
//
// Layer os. Cold. Memory is returned with MADV_DONTNEED alone, so that the resident size is what
// every tool shows, and never by unmapping holes, so that the number of mappings stays small.
#include "os/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/bits.h"
#include "os/linux_syscall.h"

namespace hakmem::os {

namespace {

long as_long(const void* pointer) { return static_cast<long>(address_of(pointer)); }
long as_long(std::size_t value) { return static_cast<long>(value); }

void* map_anonymous(std::size_t bytes, int protection, int extra_flags) {
  const long result = raw_syscall(SYS_mmap, 0, as_long(bytes), protection,
                                  MAP_PRIVATE | MAP_ANONYMOUS | extra_flags, -1, 0);
  return failed(result) ? nullptr : reinterpret_cast<void*>(result);
}

// Maps more than asked for and cuts both ends off. A plain mapping that happens to be aligned is
// tried first: it costs one call and no address space.
void* map_aligned(std::size_t bytes, std::size_t alignment, int protection, int extra_flags) {
  void* const lucky = map_anonymous(bytes, protection, extra_flags);
  if (lucky == nullptr || is_aligned(address_of(lucky), alignment)) return lucky;
  release(lucky, bytes);
  const std::size_t padded = bytes + alignment - os_page_bytes;
  if (padded < bytes) return nullptr;
  void* const whole = map_anonymous(padded, protection, extra_flags);
  if (whole == nullptr) return nullptr;
  const std::uintptr_t start = align_up(address_of(whole), alignment);
  const std::size_t before = start - address_of(whole);
  const std::size_t after = padded - before - bytes;
  if (before != 0) release(whole, before);
  if (after != 0) release(reinterpret_cast<void*>(start + bytes), after);
  return reinterpret_cast<void*>(start);
}

bool advise(void* address, std::size_t bytes, int advice) {
  return !failed(raw_syscall(SYS_madvise, as_long(address), as_long(bytes), advice));
}

}  // namespace

std::size_t actual_page_bytes() { return getauxval(AT_PAGESZ); }

void* reserve(Site site, std::size_t bytes, std::size_t alignment) {
  if (refused(site)) return nullptr;
  return map_aligned(bytes, alignment, PROT_NONE, MAP_NORESERVE);
}

void* reserve_readable(Site site, std::size_t bytes) {
  if (refused(site)) return nullptr;
  return map_anonymous(bytes, PROT_READ, MAP_NORESERVE);
}

bool commit(Site site, void* address, std::size_t bytes) {
  if (refused(site)) return false;
  return !failed(
      raw_syscall(SYS_mprotect, as_long(address), as_long(bytes), PROT_READ | PROT_WRITE));
}

void* map(Site site, std::size_t bytes, std::size_t alignment) {
  if (refused(site)) return nullptr;
  return map_aligned(bytes, alignment, PROT_READ | PROT_WRITE, 0);
}

void* remap(Site site, void* address, std::size_t old_bytes, std::size_t new_bytes) {
  if (refused(site)) return nullptr;
  const long result = raw_syscall(SYS_mremap, as_long(address), as_long(old_bytes),
                                  as_long(new_bytes), MREMAP_MAYMOVE);
  return failed(result) ? nullptr : reinterpret_cast<void*>(result);
}

Moved move(Site site, void* from, void* to, std::size_t bytes) {
  if (!refused(site)) {
    const long result = raw_syscall(SYS_mremap, as_long(from), as_long(bytes), as_long(bytes),
                                    MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, as_long(to));
    if (!failed(result)) return Moved::yes;
  }
  // Before Linux 6.17 the target is unmapped first and the source looked at then: one that lies in
  // two mappings is refused, and a hole is left.
  const long again = raw_syscall(SYS_mmap, as_long(to), as_long(bytes), PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  return failed(again) ? Moved::lost : Moved::refused;
}

void release(void* address, std::size_t bytes) {
  raw_syscall(SYS_munmap, as_long(address), as_long(bytes));
}

bool purge(Site site, void* address, std::size_t bytes) {
  if (refused(site)) return false;
  return advise(address, bytes, MADV_DONTNEED);
}

bool forbid_huge_pages(Site site, void* address, std::size_t bytes) {
  if (refused(site)) return false;
  return advise(address, bytes, MADV_NOHUGEPAGE);
}

bool allow_huge_pages(Site site, void* address, std::size_t bytes) {
  if (refused(site)) return false;
  return advise(address, bytes, MADV_HUGEPAGE);
}

// Asks for a signal mask to be read from there, in a way that is refused once it has been read:
// mincore would also accept what is mapped without access.
bool is_mapped(const void* address) {
  constexpr long no_such_way = -1;
  constexpr std::size_t mask_bytes = 8;
  const std::uintptr_t word = align_down(address_of(address), mask_bytes);
  // Null would be no mask at all.
  return word != 0 && raw_syscall(SYS_rt_sigprocmask, no_such_way, static_cast<long>(word), 0,
                                  mask_bytes) != -EFAULT;
}

std::size_t physical_bytes() {
  struct sysinfo info;
  if (failed(raw_syscall(SYS_sysinfo, as_long(&info)))) return gib;
  return static_cast<std::size_t>(info.totalram) * info.mem_unit;
}

std::size_t address_space_left() {
  struct rlimit limit;
  if (failed(raw_syscall(SYS_prlimit64, 0, RLIMIT_AS, 0, as_long(&limit))) ||
      limit.rlim_cur == RLIM_INFINITY) {
    return ~std::size_t{0};
  }
  // What is taken already is in the first field of statm. Without /proc the limit itself is the
  // best guess; reservations then halve until they fit.
  std::size_t taken = 0;
  const long file = raw_syscall(SYS_openat, AT_FDCWD, as_long("/proc/self/statm"), 0, 0);
  if (!failed(file)) {
    char text[32];
    const long length = raw_syscall(SYS_read, file, as_long(text), sizeof(text));
    for (long i = 0; i < length && text[i] >= '0' && text[i] <= '9'; ++i) {
      taken = taken * 10 + static_cast<std::size_t>(text[i] - '0');
    }
    raw_syscall(SYS_close, file);
    taken *= os_page_bytes;
  }
  return limit.rlim_cur > taken ? limit.rlim_cur - taken : 0;
}

}  // namespace hakmem::os
