// lifetimes_plugin.cc: a shared object of lifetimes_test whose constructor and destructor allocate.
//
// It has no dependency on libhakmem, so the loader may run its constructor before the library's.
#include <cstdlib>
#include <cstring>

extern "C" const char* plugin_early_block();
extern "C" void plugin_at_end(void (*action)());

namespace {

char* early_block;
void (*last_action)();

[[gnu::constructor]] void construct() {
  early_block = static_cast<char*>(std::malloc(100));
  std::memset(early_block, 'e', 100);
}

[[gnu::destructor]] void destroy() {
  void* const block = std::malloc(5000);
  std::free(early_block);
  std::free(block);
  last_action();
}

}  // namespace

// Returns the block of the constructor, which the destructor frees.
extern "C" const char* plugin_early_block() { return early_block; }

// Sets what the destructor calls when it is done.
extern "C" void plugin_at_end(void (*action)()) { last_action = action; }
