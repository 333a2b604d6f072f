// crashing_preload.cc: a library with which no program gets as far as main.
#include <signal.h>

namespace {

[[gnu::constructor]] void crash() { ::raise(SIGSEGV); }

}  // namespace
