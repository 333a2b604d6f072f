// replace.cc: a program linked with hakmem, which must find malloc and operator new there.
//   replace <part of the path of the file that malloc comes from>
#include <dlfcn.h>
#include <hakmem.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace {

bool comes_from(const char* function, const char* wanted) {
  void* const found = dlsym(RTLD_DEFAULT, function);
  Dl_info place = {};
  if (found == nullptr || dladdr(found, &place) == 0) return false;
  std::printf("%s: %s\n", function, place.dli_fname);
  return std::strstr(place.dli_fname, wanted) != nullptr;
}

std::size_t live_blocks() {
  hak_statistics statistics = {};
  statistics.size = sizeof statistics;
  return hak_get_statistics(&statistics) == 0 ? statistics.live_blocks : 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  for (const char* function : {"malloc", "free", "_Znwm", "_ZdlPv"}) {
    if (!comes_from(function, arguments[1])) return 1;
  }
  constexpr std::size_t block_count = 1000;
  const std::size_t before = live_blocks();
  std::unique_ptr<std::string[]> texts(new std::string[block_count]);
  for (std::size_t i = 0; i < block_count; ++i) texts[i].assign(100, 'x');
  const std::size_t after = live_blocks();
  std::printf("live blocks: %zu before, %zu after; hakmem %s\n", before, after, hak_version());
  return after >= before + block_count ? 0 : 1;
}
