// machine.cc: describes the machine.
#include "result/machine.h"

#include <gnu/libc-version.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace hakmem::cli {

namespace {

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

nlohmann::ordered_json describe_machine() {
  utsname kernel = {};
  ::uname(&kernel);
  return {
      {"system", kernel.sysname},
      {"kernel", kernel.release},
      {"architecture", kernel.machine},
      {"processor", processor()},
      {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
      {"memory_bytes", ::sysconf(_SC_PHYS_PAGES) * ::sysconf(_SC_PAGESIZE)},
      {"huge_pages", first_line("/sys/kernel/mm/transparent_hugepage/enabled")},
      {"libc", std::string("glibc ") + ::gnu_get_libc_version()},
      {"compiler", __VERSION__},
  };
}

}  // namespace hakmem::cli
