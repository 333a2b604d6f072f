// start_up_program.cc: blocks from the first moment of a process to the last.
//
// Each stage looks at and frees what the stage before it took, and takes blocks of its own: in
// preinit, in the earliest constructor, in a static object, in main around a fork, in threads with
// destructors of their own, at exit. main returns a failure; only the last stage, having seen all
// of them, ends the process with success.
#include <limits.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "blocks.h"
#include "subject.h"

namespace {

using contract::subject;

constexpr std::size_t sizes[] = {1, 48, 1000, 5000, 100'000, 3'000'000};
constexpr unsigned size_count = sizeof(sizes) / sizeof(sizes[0]);

struct Baton {
  unsigned char* blocks[size_count];
  unsigned stage;
};
constinit Baton baton{};

void require(bool condition, const char* what) {
  if (condition) return;
  const auto ignored = write(STDERR_FILENO, what, std::strlen(what));
  static_cast<void>(ignored);
  _exit(1);
}

void take_blocks(unsigned seed) {
  for (unsigned i = 0; i < size_count; ++i) {
    baton.blocks[i] = static_cast<unsigned char*>(subject().malloc(sizes[i]));
    require(baton.blocks[i] != nullptr, "no memory\n");
    contract::paint(baton.blocks[i], sizes[i], seed);
  }
}

void return_blocks(unsigned seed) {
  for (unsigned i = 0; i < size_count; ++i) {
    require(contract::is_painted(baton.blocks[i], sizes[i], seed), "contents are lost\n");
    baton.blocks[i] = static_cast<unsigned char*>(subject().realloc(baton.blocks[i], sizes[i] + 9));
    require(contract::is_painted(baton.blocks[i], sizes[i], seed), "realloc lost contents\n");
    subject().free(baton.blocks[i]);
  }
}

// Runs stage number `stage`, which must be the next one.
void pass_on(unsigned stage) {
  require(baton.stage + 1 == stage, "a stage is missing\n");
  if (stage > 1) return_blocks(baton.stage);
  baton.stage = stage;
  take_blocks(stage);
}

enum : unsigned {
  in_preinit = 1,
  in_first_constructor,
  in_static_object,
  in_main,
  in_thread,
  in_thread_local_destructor,
  in_key_destructor,
  in_last_key_destructor = in_key_destructor + PTHREAD_DESTRUCTOR_ITERATIONS - 1,
  in_second_thread,
  in_exit_handler,
  in_static_destructor,
  in_last_destructor,
};

void run_in_thread(void* (*body)(void*)) {
  pthread_t thread;
  require(pthread_create(&thread, nullptr, body, nullptr) == 0, "no thread\n");
  require(pthread_join(thread, nullptr) == 0, "no join\n");
}

void preinit() { pass_on(in_preinit); }
[[gnu::section(".preinit_array"), gnu::used]] void (*const preinit_entry)() = preinit;

[[gnu::constructor(101)]] void first_constructor() {
  pass_on(in_first_constructor);
  // A thread before main.
  run_in_thread([](void*) -> void* {
    subject().free(subject().malloc(300));
    return nullptr;
  });
}

struct StaticObject {
  StaticObject() { pass_on(in_static_object); }
  ~StaticObject() { pass_on(in_static_destructor); }
  StaticObject(const StaticObject&) = delete;
  StaticObject& operator=(const StaticObject&) = delete;
};
StaticObject static_object;

struct ThreadObject {
  bool armed = false;
  ~ThreadObject() {
    if (armed) pass_on(in_thread_local_destructor);
  }
};
thread_local ThreadObject thread_object;

pthread_key_t key;

// Called as often as there are rounds: in the last, the allocator has left the thread already.
void key_destructor(void* value) {
  static unsigned round = 0;
  pass_on(in_key_destructor + round++);
  pthread_setspecific(key, value);
}

[[gnu::destructor(101)]] void last_destructor() {
  pass_on(in_last_destructor);
  return_blocks(in_last_destructor);
  require(contract::statistics().error_count == 0, "an error was met\n");
  require(subject().check_invariants() == 0, "the structures are not whole\n");
  _exit(0);
}

}  // namespace

int main() {
  pass_on(in_main);
  const pid_t child = fork();
  require(child >= 0, "no child\n");
  if (child == 0) {
    return_blocks(in_main);
    _exit(0);
  }
  int status = 0;
  require(waitpid(child, &status, 0) == child && status == 0, "the child failed\n");
  require(pthread_key_create(&key, key_destructor) == 0, "no key\n");
  run_in_thread([](void*) -> void* {
    pass_on(in_thread);
    thread_object.armed = true;
    pthread_setspecific(key, &key);
    return nullptr;
  });
  run_in_thread([](void*) -> void* {
    pass_on(in_second_thread);
    return nullptr;
  });
  require(std::atexit([] { pass_on(in_exit_handler); }) == 0, "no exit handler\n");
  return 1;
}
