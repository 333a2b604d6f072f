// slow_preload.cc: an "allocator" that keeps every program from starting for an hour.
#include <unistd.h>

namespace {

[[gnu::constructor]] void sleep_long() { ::sleep(3600); }

}  // namespace
