/* plugin_host.c: a C program without a C++ runtime, and its C++ plugin.
 *
 * Usage: plugin_host <plugin>. The plugin is opened with RTLD_LOCAL and runs out of memory under a
 * limit; its bad_alloc must be found where only the plugin sees it. Returns 0 if all is as it
 * should be.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "hakmem.h"

static void require(int condition, const char* what) {
  if (condition) return;
  fprintf(stderr, "plugin_host: not so: %s\n", what);
  exit(1);
}

static void limit_data(rlim_t bytes) {
  struct rlimit limit;
  require(getrlimit(RLIMIT_DATA, &limit) == 0, "the limit can be read");
  limit.rlim_cur = bytes;
  require(setrlimit(RLIMIT_DATA, &limit) == 0, "the limit can be set");
}

int main(int argc, char** argv) {
  require(argc == 2, "one plugin is named");
  require(dlsym(RTLD_DEFAULT, "__cxa_throw") == NULL, "the program has no C++ runtime");
  size_t (*const check_invariants)(void) =
      (size_t(*)(void))dlsym(RTLD_DEFAULT, "hak_check_invariants");
  require(check_invariants != NULL, "hakmem is in the process");

  void* const plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (plugin == NULL) fprintf(stderr, "plugin_host: %s\n", dlerror());
  require(plugin != NULL, "the plugin opens");
  require(dlsym(RTLD_DEFAULT, "__cxa_throw") == NULL, "the runtime came for the plugin alone");
  int (*const refuses)(void) = (int (*)(void))dlsym(plugin, "plugin_refuses");
  size_t (*const exhaust)(void) = (size_t(*)(void))dlsym(plugin, "plugin_exhaust");
  require(refuses != NULL && exhaust != NULL, "the plugin has its functions");

  require(refuses(), "an impossible size is refused");
  limit_data(64 << 20);
  const size_t first = exhaust();
  const size_t second = exhaust();
  limit_data(RLIM_INFINITY);
  fprintf(stderr, "plugin_host: %zu, then %zu bytes\n", first, second);
  require(first > 16 << 20, "the limit can be used and bad_alloc is caught");
  require(second > first - first / 8, "what was freed can be had again");
  require(check_invariants() == 0, "the structures are whole");
  return 0;
}
