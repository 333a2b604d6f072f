/* api.c: a program that uses the hak_ functions, and whose malloc must still be libc's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <hakmem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { block_count = 1000, block_bytes = 100 };

static size_t live_blocks(void) {
  hak_statistics statistics = {.size = sizeof statistics};
  return hak_get_statistics(&statistics) == 0 ? statistics.live_blocks : (size_t)-1;
}

static int comes_from_libc(const char* function) {
  Dl_info place;
  void* const found = dlsym(RTLD_DEFAULT, function);
  if (found == NULL || dladdr(found, &place) == 0) return 0;
  printf("%s: %s\n", function, place.dli_fname);
  return strstr(place.dli_fname, "libc.so") != NULL;
}

int main(void) {
  static void* blocks[block_count];
  if (!comes_from_libc("malloc") || !comes_from_libc("free")) return 1;

  const size_t start = live_blocks();
  for (int i = 0; i < block_count; ++i) blocks[i] = malloc(block_bytes);
  const size_t after_malloc = live_blocks();
  for (int i = 0; i < block_count; ++i) free(blocks[i]);

  for (int i = 0; i < block_count; ++i) {
    blocks[i] = hak_malloc(block_bytes);
    if (blocks[i] == NULL || hak_usable_size(blocks[i]) < block_bytes) return 1;
    memset(blocks[i], i, block_bytes);
  }
  const size_t after_hak_malloc = live_blocks();
  for (int i = 0; i < block_count; ++i) hak_free(blocks[i]);
  const size_t end = live_blocks();

  printf("live blocks: %zu, after malloc %zu, after hak_malloc %zu, at the end %zu; hakmem %s\n",
         start, after_malloc, after_hak_malloc, end, hak_version());
  return after_malloc == start && after_hak_malloc == start + block_count && end == start ? 0 : 1;
}
