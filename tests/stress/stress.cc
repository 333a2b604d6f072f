// stress.cc: many threads allocate, exchange, resize and free blocks of all sizes; nothing is lost.
//
// Workers keep blocks of their own and exchange others through a shared table, so about half of
// all frees are foreign; short threads come and go and leave blocks behind; the main thread forks
// children which verify and free all they inherited. Each block has contents made from a seed,
// verified by whoever touches it next. At the end as many blocks were freed as allocated, the
// library counts no more live blocks than at the start, and its structures are sound.
//   stress [--seconds N] [--threads N] [--seed N] [--forks N (a second; 0: none)]
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cinttypes>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

#include "tested_allocator.h"

namespace {

constexpr int most_threads = 64;
constexpr std::size_t own_slot_count = 256;
constexpr std::size_t shared_slot_count = 1024;
constexpr int operations_per_short_thread = 500;
// What the C library keeps for itself when it serves the whole program: stdio, thread records.
constexpr std::size_t slack_blocks = 64;

struct Options {
  int seconds = 10;
  int threads = 8;
  std::uint64_t seed = 1;
  int forks = 4;
};

[[noreturn, gnu::format(printf, 1, 2)]] void fail(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::fputs("stress: failed: ", stderr);
  std::vfprintf(stderr, format, arguments);
  std::fputc('\n', stderr);
  std::fflush(stderr);
  _exit(1);
}

std::int64_t now_ms() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545F4914F6CDD1Du;
  }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() >> 16) % bound; }
  bool one_in(std::size_t chances) { return below(chances) == 0; }
  // Returns a size: of 1,000, some 850 small, 135 in the pool classes, 15 large.
  std::size_t size() {
    const std::size_t kind = below(1000);
    if (kind < 600) return below(257);
    if (kind < 850) return below(1025);
    if (kind < 985) return 1024 + below(51 * 1024);
    if (kind < 998) return 52 * 1024 + below(512 * 1024);
    return below(std::size_t{4} << 20);
  }

 private:
  std::uint64_t state_;
};

// ---- Blocks ------------------------------------------------------------------------------------

// A block and what its contents must be.
struct Held {
  unsigned char* block;
  std::size_t bytes;
  std::uint64_t seed;
};

// Contents are words of the seed and the offset. Of a block above 4 KiB a word in every 512 bytes
// and the last one count: enough to see an overlap, which never is shorter than a block.
constexpr std::size_t dense_bytes = 4096;
constexpr std::size_t stride_bytes = 512;

std::uint64_t word_at(std::uint64_t seed, std::size_t offset) {
  return (seed ^ offset) * 0x9E3779B97F4A7C15u;
}

// Calls visit(offset, length) for each stretch of the contents that is written and verified; stops
// at the first false.
template <typename Visit>
bool for_each_word(std::size_t bytes, Visit visit) {
  constexpr std::size_t word_bytes = sizeof(std::uint64_t);
  const std::size_t step = bytes <= dense_bytes ? word_bytes : stride_bytes;
  const std::size_t last = bytes - std::min(bytes, word_bytes);
  for (std::size_t offset = 0; offset < last; offset += step) {
    if (!visit(offset, std::min(word_bytes, last - offset))) return false;
  }
  return visit(last, bytes - last);
}

void fill(const Held& held) {
  for_each_word(held.bytes, [&](std::size_t offset, std::size_t length) {
    const std::uint64_t word = word_at(held.seed, offset);
    std::memcpy(held.block + offset, &word, length);
    return true;
  });
}

// Returns whether the first `kept_bytes` are what `held` says.
bool is_intact(const Held& held, std::size_t kept_bytes) {
  return for_each_word(held.bytes, [&](std::size_t offset, std::size_t length) {
    if (offset >= kept_bytes) return true;
    const std::uint64_t word = word_at(held.seed, offset);
    return std::memcmp(held.block + offset, &word, std::min(length, kept_bytes - offset)) == 0;
  });
}

void verify(const Held& held) {
  if (!is_intact(held, held.bytes)) {
    fail("block %p of %zu bytes was overwritten", static_cast<void*>(held.block), held.bytes);
  }
}

// ---- What every thread counts ------------------------------------------------------------------

struct Counts {
  std::uint64_t allocations = 0;
  std::uint64_t frees = 0;
  std::uint64_t foreign_frees = 0;
  std::uint64_t resizes = 0;
  std::uint64_t aligned = 0;
  std::uint64_t zeroed = 0;
  std::uint64_t large = 0;

  void add(const Counts& other) {
    allocations += other.allocations;
    frees += other.frees;
    foreign_frees += other.foreign_frees;
    resizes += other.resizes;
    aligned += other.aligned;
    zeroed += other.zeroed;
    large += other.large;
  }
};

Options options;
Counts total;
pthread_mutex_t total_lock = PTHREAD_MUTEX_INITIALIZER;
std::atomic<bool> stopping;

void add_to_total(const Counts& counts) {
  pthread_mutex_lock(&total_lock);
  total.add(counts);
  pthread_mutex_unlock(&total_lock);
}

// ---- Operations --------------------------------------------------------------------------------

void check_new(const Held& held, std::size_t alignment) {
  if (held.block == nullptr) fail("no block of %zu bytes", held.bytes);
  if (reinterpret_cast<std::uintptr_t>(held.block) % alignment != 0) {
    fail("block %p is not aligned to %zu", static_cast<void*>(held.block), alignment);
  }
  const std::size_t usable = tested::usable_bytes(held.block);
  if (usable < held.bytes) fail("%zu usable bytes of %zu", usable, held.bytes);
}

Held allocate(Random& random, Counts& counts) {
  Held held = {nullptr, random.size(), random.next()};
  std::size_t alignment = 16;
  if (random.one_in(16)) {
    alignment = std::size_t{16} << random.below(random.one_in(16) ? 18 : 9);
    held.block = static_cast<unsigned char*>(tested::allocate_aligned(alignment, held.bytes));
    ++counts.aligned;
  } else if (random.one_in(8)) {
    held.block = static_cast<unsigned char*>(tested::allocate_zeroed(1, held.bytes));
    check_new(held, alignment);
    const unsigned char* const end = held.block + held.bytes;
    if (std::find_if(held.block, held.block + held.bytes,
                     [](unsigned char byte) { return byte != 0; }) != end) {
      fail("calloc of %zu bytes is not zero", held.bytes);
    }
    ++counts.zeroed;
  } else {
    held.block = static_cast<unsigned char*>(tested::allocate(held.bytes));
  }
  check_new(held, alignment);
  // Whoever asks how much may be used may use all of it.
  if (random.one_in(8)) held.bytes = tested::usable_bytes(held.block);
  fill(held);
  ++counts.allocations;
  counts.large += held.bytes > 52 * 1024 ? 1 : 0;
  return held;
}

void release(Held& held, Counts& counts) {
  verify(held);
  tested::release(held.block);
  held.block = nullptr;
  ++counts.frees;
}

void resize(Held& held, Random& random, Counts& counts) {
  verify(held);
  // Half of the time as a growing buffer does, else to any size. Size 0 would free the block.
  std::size_t bytes = random.one_in(2) ? held.bytes + held.bytes / 2 + 1 : random.size() + 1;
  if (bytes > std::size_t{16} << 20) bytes = 1;
  void* const moved = tested::resize(held.block, bytes);
  if (moved == nullptr) fail("realloc from %zu to %zu bytes", held.bytes, bytes);
  held.block = static_cast<unsigned char*>(moved);
  if (!is_intact(held, std::min(held.bytes, bytes))) {
    fail("realloc from %zu to %zu bytes changed the contents", held.bytes, bytes);
  }
  held.bytes = bytes;
  check_new(held, 16);
  fill(held);
  ++counts.resizes;
}

// Slots through which blocks change threads. The lock bit makes taking and putting one step each;
// a child of fork finds a locked slot locked for ever and leaves it alone.
class SharedTable {
 public:
  // Puts `held` into a random slot and returns what was there (block null if nothing).
  Held exchange(const Held& held, Random& random) {
    Slot& slot = slots_[random.below(shared_slot_count)];
    while (slot.locked.exchange(true, std::memory_order_acquire)) sched_yield();
    const Held old = slot.held;
    slot.held = held;
    slot.locked.store(false, std::memory_order_release);
    return old;
  }
  // Verifies and frees every block that no thread is moving.
  void drain(Counts& counts) {
    for (Slot& slot : slots_) {
      if (slot.locked.exchange(true, std::memory_order_acquire)) continue;
      if (slot.held.block != nullptr) release(slot.held, counts);
      slot.locked.store(false, std::memory_order_release);
    }
  }

 private:
  struct Slot {
    std::atomic<bool> locked;
    Held held;
  };
  Slot slots_[shared_slot_count] = {};
};

SharedTable shared;

void exchange_one(Random& random, Counts& counts) {
  Held old = shared.exchange(allocate(random, counts), random);
  if (old.block == nullptr) return;
  if (random.one_in(8)) resize(old, random, counts);
  release(old, counts);
  ++counts.foreign_frees;
}

void operate_alone(Held* own, Random& random, Counts& counts) {
  Held& held = own[random.below(own_slot_count)];
  if (held.block == nullptr) {
    held = allocate(random, counts);
  } else if (random.one_in(3)) {
    resize(held, random, counts);
  } else {
    release(held, counts);
  }
}

void operate(Held* own, Random& random, Counts& counts) {
  switch (random.below(4)) {
    case 0: {
      Held& held = own[random.below(own_slot_count)];
      if (held.block != nullptr) held = shared.exchange(held, random);
      break;
    }
    case 1:
      exchange_one(random, counts);
      break;
    default:
      operate_alone(own, random, counts);
      break;
  }
}

void release_all(Held* own, Counts& counts) {
  for (std::size_t i = 0; i < own_slot_count; ++i) {
    if (own[i].block != nullptr) release(own[i], counts);
  }
}

// ---- Threads and children ----------------------------------------------------------------------

void* work(void* seed) {
  Random random(reinterpret_cast<std::uintptr_t>(seed));
  Counts counts;
  Held own[own_slot_count] = {};
  while (!stopping.load(std::memory_order_relaxed)) {
    for (int i = 0; i < 64; ++i) operate(own, random, counts);
    // Now and then a phase ends and all of its blocks with it.
    if (!random.one_in(2000)) continue;
    release_all(own, counts);
  }
  release_all(own, counts);
  add_to_total(counts);
  return nullptr;
}

void* live_shortly(void* seed) {
  Random random(reinterpret_cast<std::uintptr_t>(seed));
  Counts counts;
  for (int i = 0; i < operations_per_short_thread; ++i) exchange_one(random, counts);
  add_to_total(counts);
  return nullptr;
}

void start(pthread_t* thread, void* (*run)(void*), std::uint64_t seed) {
  if (pthread_create(thread, nullptr, run, reinterpret_cast<void*>(seed)) != 0) {
    fail("pthread_create");
  }
}

// Starts short threads, two at a time, until the end.
void* churn(void* seed) {
  static std::atomic<std::uint64_t> started;
  std::uint64_t next_seed = reinterpret_cast<std::uintptr_t>(seed);
  while (!stopping.load(std::memory_order_relaxed)) {
    pthread_t threads[2];
    for (pthread_t& thread : threads) start(&thread, live_shortly, ++next_seed);
    for (pthread_t thread : threads) pthread_join(thread, nullptr);
    started += std::size(threads);
  }
  return reinterpret_cast<void*>(started.load());
}

void fork_and_check(std::uint64_t seed) {
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    alarm(60);
    Random random(seed);
    Counts counts;
    shared.drain(counts);
    Held own[own_slot_count] = {};
    for (int i = 0; i < 2000; ++i) operate_alone(own, random, counts);
    release_all(own, counts);
    if (tested::check_invariants() != 0) fail("violations in a child");
    _exit(0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) {
    fail("a child ended with status %#x", static_cast<unsigned>(status));
  }
}

std::uint64_t fork_until_the_end() {
  std::uint64_t forks = 0;
  const std::int64_t end = now_ms() + std::int64_t{options.seconds} * 1000;
  while (now_ms() < end) {
    if (options.forks > 0) fork_and_check(options.seed + ++forks);
    const long pause_ns = options.forks > 0 ? 1'000'000'000L / options.forks : 50'000'000L;
    const timespec pause = {pause_ns / 1'000'000'000L, pause_ns % 1'000'000'000L};
    nanosleep(&pause, nullptr);
  }
  return forks;
}

Options parse(int count, char** arguments) {
  Options parsed;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const std::uint64_t value = std::strtoull(arguments[i + 1], nullptr, 10);
    if (name == "--seconds") {
      parsed.seconds = static_cast<int>(value);
    } else if (name == "--threads") {
      parsed.threads = static_cast<int>(value);
    } else if (name == "--seed") {
      parsed.seed = value;
    } else if (name == "--forks") {
      parsed.forks = static_cast<int>(value);
    } else {
      fail("unknown option %s", arguments[i]);
    }
  }
  if (count % 2 == 0 || parsed.threads < 1 || parsed.threads > most_threads) {
    fail("usage: stress [--seconds N] [--threads 1..%d] [--seed N] [--forks N]", most_threads);
  }
  return parsed;
}

}  // namespace

int main(int count, char** arguments) {
  options = parse(count, arguments);
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  const std::size_t live_before = tested::statistics().live_blocks;

  pthread_t workers[most_threads];
  pthread_t churner = {};
  for (int i = 0; i < options.threads; ++i) {
    start(&workers[i], work, options.seed * 1000 + static_cast<std::uint64_t>(i));
  }
  start(&churner, churn, options.seed * 1'000'000);
  const std::uint64_t forks = fork_until_the_end();
  stopping = true;
  void* short_threads = nullptr;
  pthread_join(churner, &short_threads);
  for (int i = 0; i < options.threads; ++i) pthread_join(workers[i], nullptr);
  shared.drain(total);

  const std::size_t violations = tested::check_invariants();
  const std::size_t live_after = tested::statistics().live_blocks;
  std::printf("stress: seconds=%d seed=%" PRIu64 " threads=%d short_threads=%" PRIuPTR
              " forks=%" PRIu64 " allocations=%" PRIu64 " frees=%" PRIu64 " foreign_frees=%" PRIu64
              " resizes=%" PRIu64 " aligned=%" PRIu64 " zeroed=%" PRIu64 " large=%" PRIu64
              " live_before=%zu live_after=%zu violations=%zu\n",
              options.seconds, options.seed, options.threads,
              reinterpret_cast<std::uintptr_t>(short_threads), forks, total.allocations,
              total.frees, total.foreign_frees, total.resizes, total.aligned, total.zeroed,
              total.large, live_before, live_after, violations);
  std::fflush(stdout);
  if (total.allocations != total.frees) fail("blocks were lost");
  if (violations != 0) fail("%zu violations", violations);
  const std::size_t slack = tested::serves_whole_program ? slack_blocks : 0;
  if (live_after > live_before + slack) {
    fail("the library counts %zu live blocks more than at the start", live_after - live_before);
  }
  if (forks == 0 && options.forks > 0) fail("no fork");
  if (total.foreign_frees == 0 || short_threads == nullptr) fail("the load was no stress");
  return 0;
}
