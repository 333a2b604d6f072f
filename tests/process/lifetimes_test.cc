// lifetimes_test.cc: allocation at every stage of a process's and a thread's life.
//
// Stages: .preinit_array, constructors of a shared object and of the program (with and without
// priority), main, destructors of thread_local objects and of pthread keys (up to the last
// iteration), atexit and on_exit handlers, static destructors, .fini_array, the shared object's
// destructor. Each stage frees a block of the stage before, so blocks cross every border. main
// returns 3; only the very last stage, if it finds all others done, turns that into 0.
#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "support.h"

extern "C" const char* plugin_early_block();
extern "C" void plugin_at_end(void (*action)());

namespace {

using process_test::library;
using process_test::Random;
using process_test::require;
using process_test::SealedBlock;

enum Stage {
  preinit,
  priority_constructor,
  constructor,
  static_object,
  in_main,
  thread_local_end,
  key_end,
  at_exit,
  on_exit_handler,
  static_object_end,
  fini,
  stage_count
};

int visits[stage_count];
SealedBlock* carried;

// Allocates at this stage, and frees what the stage before left.
void visit(Stage stage) {
  SealedBlock* const old = carried;
  carried = process_test::seal_new(24 + 100 * stage, stage);
  if (old != nullptr) process_test::verify_and_free(old);
  Random random(stage + 1);
  SealedBlock* blocks[64];
  for (SealedBlock*& block : blocks) block = process_test::seal_new(random.size(), stage);
  for (SealedBlock* block : blocks) process_test::verify_and_free(block);
  __atomic_add_fetch(&visits[stage], 1, __ATOMIC_RELAXED);
}

void visit_preinit() { visit(preinit); }
[[gnu::used, gnu::section(".preinit_array")]] void (*const preinit_entry)() = visit_preinit;

[[gnu::constructor(101)]] void visit_priority_constructor() { visit(priority_constructor); }
[[gnu::constructor]] void visit_constructor() { visit(constructor); }

struct StaticObject {
  StaticObject() { visit(static_object); }
  ~StaticObject() { visit(static_object_end); }
  std::string text = std::string(1000, 's');
} object;

struct ThreadObject {
  SealedBlock* block = process_test::seal_new(200, 1);
  std::unique_ptr<std::string> text = std::make_unique<std::string>(300, 't');
  ~ThreadObject() {
    process_test::verify_and_free(block);
    visit(thread_local_end);
  }
};

pthread_key_t key;
int key_rounds;

// Arms itself again until glibc gives up, as the library's own destructor does.
void end_of_key(void* block) {
  process_test::verify_and_free(static_cast<SealedBlock*>(block));
  ++key_rounds;
  visit(key_end);
  pthread_setspecific(key, process_test::seal_new(64, 2));
}

void* live_and_end(void*) {
  thread_local ThreadObject thread_object;
  require(thread_object.text->size() == 300, "the thread_local object is broken");
  pthread_setspecific(key, process_test::seal_new(64, 2));
  return nullptr;
}

void finish() {
  for (int stage = 0; stage < stage_count; ++stage) {
    require(visits[stage] > 0, "stage %d was never visited", stage);
  }
  process_test::verify_and_free(carried);
  require(library().check_invariants() == 0, "violations in the last stage");
  std::puts("all stages visited");
  std::fflush(stdout);
  _exit(0);
}

void visit_fini() { visit(fini); }
[[gnu::used, gnu::section(".fini_array")]] void (*const fini_entry)() = visit_fini;

}  // namespace

int main() {
  process_test::start_watchdog(60);
  require(plugin_early_block() != nullptr && plugin_early_block()[99] == 'e',
          "the plugin's block is broken");
  plugin_at_end(finish);
  visit(in_main);
  require(pthread_key_create(&key, end_of_key) == 0, "pthread_key_create");
  for (int i = 0; i < 20; ++i) {
    pthread_t thread;
    require(pthread_create(&thread, nullptr, live_and_end, nullptr) == 0, "pthread_create");
    pthread_join(thread, nullptr);
  }
  require(key_rounds == 20 * 4, "key destructors ran %d times", key_rounds);
  require(std::atexit([] { visit(at_exit); }) == 0, "atexit");
  require(on_exit([](int, void*) { visit(on_exit_handler); }, nullptr) == 0, "on_exit");
  return 3;
}
