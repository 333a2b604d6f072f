// large_os_page.cc: a preloaded object that makes the OS page look like 64 KiB.
//
// It stands before libhakmem and answers for the C library, so that the library's assertion about
// the OS page at its start can be seen to work on a machine that has pages of 4 KiB.
#include <dlfcn.h>
#include <sys/auxv.h>
#include <unistd.h>

namespace {

constexpr long page_bytes = 64 * 1024;

}  // namespace

extern "C" {

long sysconf(int name) noexcept {
  if (name == _SC_PAGESIZE) return page_bytes;
  return reinterpret_cast<long (*)(int)>(dlsym(RTLD_NEXT, "sysconf"))(name);
}

unsigned long getauxval(unsigned long type) noexcept {
  if (type == AT_PAGESZ) return page_bytes;
  return reinterpret_cast<unsigned long (*)(unsigned long)>(dlsym(RTLD_NEXT, "getauxval"))(type);
}

int getpagesize() noexcept { return page_bytes; }
}
