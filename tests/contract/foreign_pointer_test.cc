// foreign_pointer_test.cc: pointers that malloc never gave, to free, realloc and usable_size.
//
// A pointer that is not ours changes nothing and is reported in one line that says what and where;
// realloc and usable_size of it answer NULL and 0. A pointer into a block of ours is reported at
// the latest when it reaches a flush. The structures are whole in every case.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "blocks.h"
#include "healthy_allocator.h"
#include "scenario.h"

extern "C" void* __libc_malloc(std::size_t bytes);
extern "C" void* __libc_memalign(std::size_t alignment, std::size_t bytes);
extern "C" void __libc_free(void* block);

namespace contract {
namespace {

alignas(64) char static_object[256] = "static";

// What one operation does with a pointer that is not a block.
struct Operation {
  const char* name;
  void (*apply)(void* pointer);
};

void free_it(void* pointer) {
  errno = EXDEV;
  subject().free(pointer);
  require(errno == EXDEV, "free preserves errno");
}
void free_sized_it(void* pointer) { subject().free_sized(pointer, 64); }
void grow_it(void* pointer) {
  require(subject().realloc(pointer, 500) == nullptr, "realloc of it answers NULL");
}
void realloc_to_zero(void* pointer) {
  require(subject().realloc(pointer, 0) == nullptr, "realloc of it answers NULL");
}
void measure_it(void* pointer) {
  require(subject().usable_size(pointer) == 0, "usable_size of it answers 0");
}

constexpr Operation operations[] = {{"free", free_it},
                                    {"free_sized", free_sized_it},
                                    {"realloc", grow_it},
                                    {"realloc to 0", realloc_to_zero},
                                    {"usable_size", measure_it}};

// Every line names the library, a call and an address.
void expect_clear_lines(const Outcome& outcome) {
  for (const std::string& line : outcome.lines()) {
    EXPECT_NE(line.find(": 0x"), std::string::npos) << line;
    EXPECT_GT(line.size(), 30U) << line;
  }
}

// ---- Outside every arena --------------------------------------------------------------------

void* outside_pointer(unsigned kind) {
  static void* const mapping =
      mmap(nullptr, 4 * mib, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  static char* const at_large_boundary = reinterpret_cast<char*>(
      (reinterpret_cast<std::uintptr_t>(mapping) + 2 * mib - 1) / (2 * mib) * (2 * mib));
  // An OS page that cannot be read: a look at what lies before a pointer must not end the process.
  static char* const guard_page = [] {
    char* const page = at_large_boundary + mib;
    mprotect(page, os_page_bytes, PROT_NONE);
    return page;
  }();
  char* const frame = static_cast<char*>(__builtin_frame_address(0));
  switch (kind) {
    case 0:
      return frame - reinterpret_cast<std::uintptr_t>(frame) % 16;
    case 1:
      return frame - reinterpret_cast<std::uintptr_t>(frame) % 16 + 3;
    case 2:
      return static_object;
    case 3:
      return static_object + 8;
    case 4:
      return mapping;
    case 5:
      return at_large_boundary;
    case 6:
      return at_large_boundary + 64 * kib + 1;
    case 7:
      return reinterpret_cast<void*>(&outside_pointer);
    case 8:
      return reinterpret_cast<void*>(std::uintptr_t{1});
    case 9:
      return reinterpret_cast<void*>(std::uintptr_t{16});
    case 10:
      return reinterpret_cast<void*>(std::uintptr_t{4096});
    case 11:
      return reinterpret_cast<void*>(~std::uintptr_t{0});
    case 12:
      return reinterpret_cast<void*>(~std::uintptr_t{15});
    case 13:
      return reinterpret_cast<void*>(std::uintptr_t{0xdead000000000000});
    case 14:
      return reinterpret_cast<void*>(std::uintptr_t{0x00007ffffffff000});
    case 15:
      return guard_page;
    case 16:
      return guard_page + 16;
    case 17:
      return guard_page + os_page_bytes;
    default:
      return nullptr;
  }
}
constexpr unsigned outside_count = 18;

template <unsigned operation>
void apply_to_outside_pointers() {
  subject().free(subject().malloc(100));
  const std::uint64_t before = statistics().error_count;
  for (unsigned kind = 0; kind < outside_count; ++kind) {
    const std::uint64_t at_start = statistics().error_count;
    operations[operation].apply(outside_pointer(kind));
    if (statistics().error_count != at_start + 1)
      say("outside pointer %u is not one error\n", kind);
  }
  require(statistics().error_count == before + outside_count, "each is one error");
  require(static_object[0] == 's', "nothing was written");
  require_a_healthy_allocator();
}

const Scenario outside_scenarios[] = {
    {"outside_free", apply_to_outside_pointers<0>},
    {"outside_free_sized", apply_to_outside_pointers<1>},
    {"outside_realloc", apply_to_outside_pointers<2>},
    {"outside_realloc_to_zero", apply_to_outside_pointers<3>},
    {"outside_usable_size", apply_to_outside_pointers<4>},
};

TEST(ForeignPointerTest, OutsidePointersAreOneLineEach) {
  for (const Scenario& scenario : outside_scenarios) {
    const Outcome outcome = run_scenario(scenario);
    EXPECT_TRUE(outcome.passed()) << scenario.name() << ": " << outcome.text();
    EXPECT_EQ(outcome.lines().size(), outside_count) << scenario.name() << ": " << outcome.text();
    expect_clear_lines(outcome);
  }
}

TEST(ForeignPointerTest, OutsidePointersCanBeIgnored) {
  for (const Scenario& scenario : outside_scenarios) {
    const Outcome outcome = run_scenario(scenario, {{"HAKMEM_ON_ERROR", "ignore"}});
    EXPECT_TRUE(outcome.passed()) << scenario.name() << ": " << outcome.text();
    EXPECT_TRUE(outcome.lines().empty()) << scenario.name() << ": " << outcome.text();
  }
}

TEST(ForeignPointerTest, OutsidePointersCanAbort) {
  for (const Scenario& scenario : outside_scenarios) {
    const Outcome outcome = run_scenario(scenario, {{"HAKMEM_ON_ERROR", "abort"}});
    EXPECT_EQ(outcome.signal, SIGABRT) << scenario.name() << ": " << outcome.text();
    EXPECT_EQ(outcome.lines().size(), 1U) << scenario.name() << ": " << outcome.text();
    expect_clear_lines(outcome);
  }
}

// A process whose very first call is the wrong one.
const Scenario first_call_is_wrong("first_call_is_wrong", [] {
  for (unsigned kind = 0; kind < outside_count; ++kind) subject().free(outside_pointer(kind));
  require_a_healthy_allocator();
});

TEST(ForeignPointerTest, TheFirstCallMayBeWrong) {
  const Outcome outcome = run_scenario(first_call_is_wrong);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
  EXPECT_EQ(outcome.lines().size(), outside_count) << outcome.text();
}

const Scenario wrong_in_every_thread("wrong_in_every_thread", [] {
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 8; ++t) {
    threads.emplace_back([] {
      for (unsigned kind = 0; kind < outside_count; ++kind) subject().free(outside_pointer(kind));
    });
  }
  for (std::thread& thread : threads) thread.join();
  require(statistics().error_count == 8 * outside_count, "each is one error");
  require_a_healthy_allocator();
});

TEST(ForeignPointerTest, EveryThreadMayBeWrong) {
  const Outcome outcome = run_scenario(wrong_in_every_thread);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
  EXPECT_EQ(outcome.lines().size(), 8 * outside_count) << outcome.text();
  expect_clear_lines(outcome);
}

// ---- Inside the arena, but no block ---------------------------------------------------------

template <unsigned operation>
void apply_to_free_arena_space() {
  char* const block = static_cast<char*>(subject().malloc(100));
  require(block != nullptr, "there is memory");
  const std::uintptr_t page = reinterpret_cast<std::uintptr_t>(block) / (64 * kib) * (64 * kib);
  const std::uint64_t before = statistics().error_count;
  // Space that no page of ours has taken yet: ahead of everything this process did.
  for (const std::size_t distance : {30 * mib, 30 * mib + 16, 31 * mib + 5, 40 * mib}) {
    operations[operation].apply(reinterpret_cast<void*>(page + distance));
  }
  require(statistics().error_count == before + 4, "each is one error");
  subject().free(block);
  require_a_healthy_allocator();
}

const Scenario free_space_scenarios[] = {
    {"free_space_free", apply_to_free_arena_space<0>},
    {"free_space_free_sized", apply_to_free_arena_space<1>},
    {"free_space_realloc", apply_to_free_arena_space<2>},
    {"free_space_realloc_to_zero", apply_to_free_arena_space<3>},
    {"free_space_usable_size", apply_to_free_arena_space<4>},
};

TEST(ForeignPointerTest, FreeArenaSpaceIsNotOurs) {
  for (const Scenario& scenario : free_space_scenarios) {
    const Outcome outcome = run_scenario(scenario);
    EXPECT_TRUE(outcome.passed()) << scenario.name() << ": " << outcome.text();
    EXPECT_EQ(outcome.lines().size(), 4U) << scenario.name() << ": " << outcome.text();
    expect_clear_lines(outcome);
  }
}

// ---- Inside a block -------------------------------------------------------------------------

// Frees a pointer `offset` bytes into a live block and makes the mistake come out.
void free_inside(std::size_t bytes, std::size_t offset) {
  auto* const block = static_cast<char*>(subject().malloc(bytes));
  require(block != nullptr, "there is memory");
  subject().free(block + offset);
  subject().trim(0);
  if (statistics().error_count == 0) {
    say("the free of a block of %zu at %zu was not reported\n", bytes, offset);
    require(false, "an interior free is reported by the flush at the latest");
  }
  subject().free(block);
  require_a_healthy_allocator();
}

template <std::size_t bytes, std::size_t offset>
void free_inside_one() {
  free_inside(bytes, offset);
}

const Scenario inside_scenarios[] = {
    {"inside_64_by_1", free_inside_one<64, 1>},
    {"inside_64_by_8", free_inside_one<64, 8>},
    {"inside_64_by_16", free_inside_one<64, 16>},
    {"inside_1000_by_16", free_inside_one<1000, 16>},
    {"inside_1000_by_504", free_inside_one<1000, 504>},
    {"inside_4000_by_16", free_inside_one<4000, 16>},
    {"inside_4000_by_1024", free_inside_one<4000, 1024>},
    {"inside_40000_by_16", free_inside_one<40'000, 16>},
    {"inside_40000_by_4096", free_inside_one<40'000, 4096>},
    {"inside_50000_by_4096", free_inside_one<50'000, 4096>},
    {"inside_200000_by_1", free_inside_one<200'000, 1>},
    {"inside_200000_by_16", free_inside_one<200'000, 16>},
    {"inside_200000_by_65536", free_inside_one<200'000, 65536>},
    {"inside_200000_by_131072", free_inside_one<200'000, 131072>},
    {"inside_5000000_by_4096", free_inside_one<5'000'000, 4096>},
    {"inside_5000000_by_2097152", free_inside_one<5'000'000, 2097152>},
};

TEST(ForeignPointerTest, InteriorFreesAreReportedByTheFlush) {
  for (const Scenario& scenario : inside_scenarios) {
    const Outcome outcome = run_scenario(scenario);
    EXPECT_TRUE(outcome.passed()) << scenario.name() << ": " << outcome.text();
    EXPECT_GE(outcome.lines().size(), 1U) << scenario.name() << ": " << outcome.text();
    expect_clear_lines(outcome);
  }
}

TEST(ForeignPointerTest, InteriorFreesCanBeIgnored) {
  for (const Scenario& scenario : inside_scenarios) {
    const Outcome outcome = run_scenario(scenario, {{"HAKMEM_ON_ERROR", "ignore"}});
    EXPECT_TRUE(outcome.passed()) << scenario.name() << ": " << outcome.text();
    EXPECT_TRUE(outcome.lines().empty()) << scenario.name() << ": " << outcome.text();
  }
}

TEST(ForeignPointerTest, InteriorFreesCanAbort) {
  for (const Scenario& scenario : inside_scenarios) {
    const Outcome outcome = run_scenario(scenario, {{"HAKMEM_ON_ERROR", "abort"}});
    EXPECT_EQ(outcome.signal, SIGABRT) << scenario.name() << ": " << outcome.text();
    EXPECT_EQ(outcome.lines().size(), 1U) << scenario.name() << ": " << outcome.text();
  }
}

// realloc and usable_size look at page metadata, so they see at once what is no block's start.
template <unsigned operation>
void apply_inside_blocks() {
  unsigned seen = 0;
  for (const std::size_t bytes : {64UL, 1000UL, 4000UL, 40'000UL, 200'000UL, 5'000'000UL}) {
    auto* const block = static_cast<char*>(subject().malloc(bytes));
    require(block != nullptr, "there is memory");
    paint(block, bytes, 1);
    for (const std::size_t offset : {1UL, 8UL, 16UL, bytes / 2}) {
      operations[operation].apply(block + offset);
      ++seen;
      if (statistics().error_count != seen) say("%zu at %zu is not one error\n", bytes, offset);
      require(statistics().error_count == seen, "each is one error");
    }
    require(is_painted(block, bytes, 1), "the block is untouched");
    subject().free(block);
  }
  require_a_healthy_allocator();
}

const Scenario inside_other_scenarios[] = {
    {"inside_realloc", apply_inside_blocks<2>},
    {"inside_usable_size", apply_inside_blocks<4>},
};

TEST(ForeignPointerTest, InteriorReallocAndUsableSizeAreReportedAtTheCall) {
  for (const Scenario& scenario : inside_other_scenarios) {
    const Outcome outcome = run_scenario(scenario);
    EXPECT_TRUE(outcome.passed()) << scenario.name() << ": " << outcome.text();
    EXPECT_EQ(outcome.lines().size(), 24U) << scenario.name() << ": " << outcome.text();
    expect_clear_lines(outcome);
  }
}

// ---- Blocks of libc's own malloc ------------------------------------------------------------

// Each is passed to libc's free or reported: never a crash, never taken for a block of ours.
const Scenario libc_blocks("libc_blocks", [] {
  for (const std::size_t bytes : {24UL, 1000UL, 20'000UL, 300'000UL}) {
    for (unsigned round = 0; round < 50; ++round) {
      void* const block = __libc_malloc(bytes);
      require(block != nullptr, "libc has memory");
      paint(block, bytes, round);
      subject().free(block);
    }
    void* const aligned = __libc_memalign(4096, bytes);
    require(aligned != nullptr, "libc has memory");
    subject().free(aligned);
  }
  require_a_healthy_allocator();
});

const Scenario libc_blocks_to_realloc("libc_blocks_to_realloc", [] {
  for (const std::size_t bytes : {24UL, 1000UL, 20'000UL, 300'000UL}) {
    void* const block = __libc_malloc(bytes);
    require(block != nullptr, "libc has memory");
    paint(block, bytes, 3);
    const std::size_t usable = subject().usable_size(block);
    require(usable == 0 || usable >= bytes, "usable_size is libc's or 0");
    void* const grown = subject().realloc(block, bytes * 2);
    require(is_painted(grown != nullptr ? grown : block, bytes, 3), "the contents are kept");
  }
  require_a_healthy_allocator();
});

TEST(ForeignPointerTest, LibcBlocksAreForwardedOrReported) {
  for (const Scenario* scenario : {&libc_blocks, &libc_blocks_to_realloc}) {
    const Outcome outcome = run_scenario(*scenario);
    EXPECT_TRUE(outcome.passed()) << scenario->name() << ": " << outcome.text();
    expect_clear_lines(outcome);
  }
}

// What libc took before any library was asked: its streams' buffers and the loader's lists, freed
// through whatever free the process has at its end.
const Scenario libc_early_blocks("libc_early_blocks", [] {
  std::setvbuf(stdin, nullptr, _IOFBF, 4096);
  std::FILE* const file = std::fopen("/dev/null", "re");
  require(file != nullptr, "there is a file");
  std::fgetc(file);
  std::fclose(file);
  require_a_healthy_allocator();
});

TEST(ForeignPointerTest, LibcsOwnBlocksAreNoErrors) {
  const Outcome outcome = run_scenario(libc_early_blocks);
  EXPECT_TRUE(outcome.passed()) << outcome.text();
  EXPECT_TRUE(outcome.lines().empty()) << outcome.text();
}

}  // namespace
}  // namespace contract
