// corruption.h: how a workload ends that found something wrong: one line on standard error that
// names the kind, and exit status 3; or 1, if there was no memory.
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

namespace workload {

inline constexpr int exit_corruption = 3;

namespace detail {

// Written by the first thread that finds something; the others wait for the end, so that there is
// one line.
inline int corruption_is_found = 0;

// Without stdio's streams: nothing that allocates may run any more.
inline void write_line(const char* start, const char* format, va_list values) {
  char line[256];
  auto used = static_cast<size_t>(snprintf(line, sizeof(line), "%s", start));
  used += static_cast<size_t>(vsnprintf(line + used, sizeof(line) - used, format, values));
  if (used > sizeof(line) - 1) used = sizeof(line) - 1;
  line[used] = '\n';
  if (write(STDERR_FILENO, line, used + 1) < 0) _exit(1);
}

}  // namespace detail

[[noreturn, gnu::cold, gnu::noinline, gnu::format(printf, 1, 2)]] inline void report_corruption(
    const char* format, ...) {
  while (__atomic_exchange_n(&detail::corruption_is_found, 1, __ATOMIC_RELAXED) != 0) pause();
  va_list values;
  va_start(values, format);
  detail::write_line("corruption: ", format, values);
  va_end(values);
  _exit(exit_corruption);
}

// Two blocks overlap, or somebody wrote into a block that was ours.
[[noreturn, gnu::cold, gnu::noinline]] inline void report_overwritten(const void* block,
                                                                      size_t bytes) {
  report_corruption("overwritten: the block %p of %zu bytes does not hold what was written", block,
                    bytes);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void report_misaligned(const void* block,
                                                                     size_t alignment) {
  report_corruption("misaligned: the block %p is not at a multiple of %zu", block, alignment);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void report_not_zeroed(const void* block,
                                                                     size_t bytes) {
  report_corruption("not zeroed: the block %p of %zu bytes from calloc", block, bytes);
}

[[noreturn, gnu::cold, gnu::noinline]] inline void report_no_memory(size_t bytes) {
  fprintf(stderr, "no memory for a block of %zu bytes\n", bytes);
  _exit(1);
}

}  // namespace workload
