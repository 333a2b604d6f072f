// thread.h: threads as the kernel and libc see them.
//
// Layer os. thread_token and single_threaded are inline and cheap; the rest is cold.
#pragma once

#include <pthread.h>
#include <sys/single_threaded.h>

#include <cstdint>

#include "build_config.h"
#include "os/site.h"

namespace hakmem::os {

// Returns a word that differs between threads alive at the same time and is never 0.
inline std::uintptr_t thread_token() { return static_cast<std::uintptr_t>(pthread_self()); }

// Returns whether the process has had one thread so far.
inline bool single_threaded() { return __libc_single_threaded != 0; }

// Gives the processor to another thread for a moment; `round` grows with each vain attempt.
void wait_a_moment(unsigned round);

// Sleeps for `nanoseconds`, or less if woken.
void sleep(std::uint64_t nanoseconds);

// Starts a detached thread of the allocator's own: small stack, all signals blocked.
bool start_thread(Site site, void (*body)());

// Has `at_end(value)` called at the end of each thread that called set_thread_value(value), up to
// thread_end_rounds times if `at_end` sets the value again.
// PTHREAD_DESTRUCTOR_ITERATIONS of glibc; a race detector forgets the thread in the last of them.
inline constexpr unsigned thread_end_rounds = build::race_detector ? 3 : 4;
bool create_thread_key(Site site, void (*at_end)(void*));
bool set_thread_value(Site site, void* value);

// Has the three called around fork, as pthread_atfork.
bool register_fork_handlers(Site site, void (*before)(), void (*in_parent)(), void (*in_child)());

}  // namespace hakmem::os
