/* hakmem.h: the C interface of the hakmem memory allocator.
 *
 * Two ways to use it: link `hakmem::hakmem` (or preload libhakmem.so) and malloc, free and operator
 * new are hakmem's; or link `hakmem::api` and call the hak_* functions below while malloc stays
 * libc's. In both, every function here may be called from any thread at any time, except from a
 * signal handler. Blocks are aligned to 16 bytes unless a larger alignment was asked for.
 * Functions that return a block return NULL and set errno to ENOMEM when there is no memory, and
 * hak_free and its kin preserve errno.
 */
#ifndef HAKMEM_H
#define HAKMEM_H

#include <stddef.h>
#include <stdint.h>

#define HAKMEM_VERSION_MAJOR 0
#define HAKMEM_VERSION_MINOR 1
#define HAKMEM_VERSION_PATCH 0

#if defined(__GNUC__)
#define HAKMEM_API __attribute__((visibility("default")))
#else
#define HAKMEM_API
#endif

#ifdef __cplusplus
#define HAKMEM_NOEXCEPT noexcept
extern "C" {
#else
#define HAKMEM_NOEXCEPT
#endif

/* ---- Blocks ---------------------------------------------------------------------------------- */

/* Returns a block of at least `bytes` bytes, also for 0. The contents are undefined. */
HAKMEM_API void* hak_malloc(size_t bytes) HAKMEM_NOEXCEPT;
/* Returns a block of at least `count * bytes` zero bytes; NULL and ENOMEM if that overflows. */
HAKMEM_API void* hak_calloc(size_t count, size_t bytes) HAKMEM_NOEXCEPT;
/* Resizes `block` (NULL: hak_malloc), keeping the smaller of both contents. Size 0 frees the block
 * and returns NULL, as glibc does. On failure the old block is untouched. */
HAKMEM_API void* hak_realloc(void* block, size_t bytes) HAKMEM_NOEXCEPT;
/* hak_realloc to `count * bytes`; NULL and ENOMEM, and nothing changed, if that overflows. */
HAKMEM_API void* hak_reallocarray(void* block, size_t count, size_t bytes) HAKMEM_NOEXCEPT;
/* Takes a block back. NULL is allowed. */
HAKMEM_API void hak_free(void* block) HAKMEM_NOEXCEPT;
/* C23 free_sized: `bytes` must be the size the block was asked with. */
HAKMEM_API void hak_free_sized(void* block, size_t bytes) HAKMEM_NOEXCEPT;
/* C23 free_aligned_sized: as hak_free_sized, for blocks of hak_aligned_alloc. */
HAKMEM_API void hak_free_aligned_sized(void* block, size_t alignment, size_t bytes) HAKMEM_NOEXCEPT;
/* Returns a block aligned to `alignment`, a power of two; otherwise NULL and EINVAL (C23). */
HAKMEM_API void* hak_aligned_alloc(size_t alignment, size_t bytes) HAKMEM_NOEXCEPT;
/* POSIX posix_memalign: 0, EINVAL (alignment no power of two or no multiple of sizeof(void*)) or
 * ENOMEM; errno and, on failure, `*block` are left alone. */
HAKMEM_API int hak_posix_memalign(void** block, size_t alignment, size_t bytes) HAKMEM_NOEXCEPT;
/* Returns the number of bytes that may be used in `block`; 0 for NULL. */
HAKMEM_API size_t hak_usable_size(const void* block) HAKMEM_NOEXCEPT;

/* ---- The allocator as a whole ---------------------------------------------------------------- */

/* Returns the version as text, for example "0.1.0". */
HAKMEM_API const char* hak_version(void) HAKMEM_NOEXCEPT;

/* A snapshot of memory by state, in bytes, and of rare events, as counts since the start. */
typedef struct hak_statistics {
  size_t size;              /* set to sizeof(hak_statistics) by the caller */
  size_t live_bytes;        /* in blocks that callers hold, as usable bytes */
  size_t live_blocks;       /* blocks that callers hold */
  size_t kept_bytes;        /* freed blocks in bins, depots and outboxes */
  size_t page_bytes;        /* in pages that hold small and pool blocks */
  size_t large_bytes;       /* in large blocks */
  size_t dirty_bytes;       /* in free pages that may still be resident */
  size_t committed_bytes;   /* address space made writable */
  size_t metadata_bytes;    /* the allocator's own tables made writable */
  size_t heap_count;        /* heaps of living threads */
  size_t parked_heap_count; /* heaps waiting for a next thread */
  uint64_t refill_count;    /* bins refilled from pages */
  uint64_t overflow_count;  /* bins handed on as batches */
  uint64_t flush_count;     /* batches returned to pages and outboxes */
  uint64_t page_count;      /* runs of pages opened */
  uint64_t retire_count;    /* runs that became empty */
  uint64_t post_count;      /* batches posted to inboxes */
  uint64_t purge_count;     /* segments of which free pages were returned */
  uint64_t purged_bytes;    /* bytes of those pages */
  uint64_t abandoned_bytes; /* lost in fork children: what threads that do not exist there kept */
  uint64_t error_count;     /* wrong pointers and double frees met */
} hak_statistics;

/* Fills `statistics` up to its `size`. Returns 0, or EINVAL if `size` was not set. The figures of
 * other threads are read while they run: each is exact, their sum is a moment's blur. */
HAKMEM_API int hak_get_statistics(hak_statistics* statistics) HAKMEM_NOEXCEPT;
/* Writes the statistics as text, one line a block, to the file descriptor `fd`. */
HAKMEM_API void hak_print_statistics(int fd) HAKMEM_NOEXCEPT;
/* Returns free memory to the system but `keep_bytes`. Returns 1 if any was returned, else 0. */
HAKMEM_API int hak_trim(size_t keep_bytes) HAKMEM_NOEXCEPT;
/* Writes the value of the option `name` (without HAKMEM_, any case) as text to `value`, cut to
 * `value_bytes` with its closing 0. Returns 0, EINVAL for an unknown name, ERANGE if it was cut. */
HAKMEM_API int hak_get_option(const char* name, char* value, size_t value_bytes) HAKMEM_NOEXCEPT;
/* Walks every structure and checks its invariants; the caller must be the only running thread.
 * Returns the number of violations, each reported in one line on standard error. */
HAKMEM_API size_t hak_check_invariants(void) HAKMEM_NOEXCEPT;

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HAKMEM_H */
