// reach_probe.cc: says whether libhakmem is in this process, for programs that no preload reaches.
//
// Built twice, dynamic (to be copied and made setuid) and static.
#include <sys/auxv.h>

#include <cstdio>
#include <cstring>

int main() {
  std::FILE* const maps = std::fopen("/proc/self/maps", "re");
  if (maps == nullptr) return 2;
  bool is_mapped = false;
  char line[512];
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    is_mapped |= std::strstr(line, "libhakmem") != nullptr;
  }
  std::fclose(maps);
  std::printf("secure=%lu mapped=%d\n", getauxval(AT_SECURE), is_mapped ? 1 : 0);
  return 0;
}
