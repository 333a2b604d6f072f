// dlopen_test.cc: libhakmem loaded by dlopen after start-up, and a dlclose that changes nothing.
//
// Arguments: the library, a shared object with static TLS. Not preloaded. Twenty copies of the
// object are loaded first, so the library must find room in what is left of the loader's static
// TLS. dlclose must return 0 and leave the library mapped, because blocks of it may be alive and
// threads carry its destructors.
#include <dlfcn.h>
#include <pthread.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "support.h"

namespace {

using process_test::require;

constexpr int tls_user_count = 20;
constexpr int block_count = 2000;

decltype(&hak_malloc) allocate;
decltype(&hak_free) release;

template <typename Function>
Function look_up(void* library, const char* name) {
  void* const symbol = dlsym(library, name);
  require(symbol != nullptr, "%s is missing", name);
  return reinterpret_cast<Function>(symbol);
}

void load_tls_users(const std::string& object, const std::string& directory) {
  for (int i = 0; i < tls_user_count; ++i) {
    const std::string copy = directory + "/tls_user" + std::to_string(i) + ".so";
    std::filesystem::copy_file(object, copy);
    void* const handle = dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL);
    require(handle != nullptr, "%s", dlerror());
    require(look_up<long (*)()>(handle, "tls_user_sum")() == 3, "TLS of copy %d is broken", i);
  }
}

void* use_blocks(void*) {
  static thread_local char* blocks[block_count];
  for (int i = 0; i < block_count; ++i) {
    const std::size_t bytes = 1 + static_cast<std::size_t>(i) * 37 % 60'000;
    blocks[i] = static_cast<char*>(allocate(bytes));
    require(blocks[i] != nullptr, "hak_malloc(%zu)", bytes);
    blocks[i][0] = blocks[i][bytes - 1] = static_cast<char>(i);
  }
  for (int i = 0; i < block_count; ++i) {
    require(blocks[i][0] == static_cast<char>(i), "block %d was overwritten", i);
    release(blocks[i]);
  }
  return nullptr;
}

void use_in_threads() {
  pthread_t threads[4];
  for (pthread_t& thread : threads) {
    require(pthread_create(&thread, nullptr, use_blocks, nullptr) == 0, "pthread_create");
  }
  use_blocks(nullptr);
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
}

}  // namespace

int main(int count, char** arguments) {
  require(count == 3, "usage: dlopen_test LIBRARY TLS_OBJECT");
  process_test::start_watchdog(60);
  require(!process_test::is_mapped("libhakmem"), "libhakmem is mapped before dlopen");
  const process_test::TemporaryDirectory directory;
  load_tls_users(arguments[2], directory.path());

  void* const library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  require(library != nullptr, "%s", dlerror());
  allocate = look_up<decltype(allocate)>(library, "hak_malloc");
  release = look_up<decltype(release)>(library, "hak_free");
  const auto check = look_up<decltype(&hak_check_invariants)>(library, "hak_check_invariants");
  use_in_threads();
  require(check() == 0, "violations after use");
  require(dlsym(RTLD_DEFAULT, "hak_malloc") == nullptr, "RTLD_LOCAL made names global");

  char* const kept = static_cast<char*>(allocate(100));
  std::strcpy(kept, "kept over dlclose");
  require(dlclose(library) == 0, "dlclose: %s", dlerror());
  require(process_test::is_mapped("libhakmem"), "dlclose unmapped the library");
  require(std::strcmp(kept, "kept over dlclose") == 0, "a block changed at dlclose");
  release(kept);
  use_in_threads();
  require(check() == 0, "violations after dlclose");
  std::puts("loaded, used, closed, used again");
  return 0;
}
