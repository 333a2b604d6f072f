// corrupting_malloc.cc: an allocator with a fault that workloads must notice, planted in every
// `fault_every`th call once a program has made enough of them to be past its start.
//
// CORRUPTING_MALLOC says which:
//   twice         a block that is still live is given once more (also if nothing is said)
//   overlapping   a block begins within one that is still live
//   scribbling    a byte in the middle of a live block is changed
//   misaligned    a block lies at half of the alignment that it should have
//   dirty         calloc returns a block full of ones
//   dirty-inside  calloc returns a block with one byte that is not zero, near its middle
//   none          no fault: what is found then is the workload's
// Apart from that it is a sound allocator, however slow, so that nothing crashes: whoever holds a
// block that is not his finds other contents, and may free it.
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>

namespace {

constexpr unsigned faultless_calls = 64;
constexpr unsigned fault_every = 8;

constexpr std::size_t arena_bytes = std::size_t{8} << 30;  // of addresses; valgrind has few
constexpr std::size_t common_alignment = 16;
constexpr unsigned class_count = 36;
// Room behind every block, for one that begins within it.
constexpr std::size_t shift = 16;

enum class Fault { none, twice, overlapping, scribbling, misaligned, dirty, dirty_inside };

// Stands before every block but those that begin within another.
struct Header {
  unsigned char* memory;  // of the whole place
  std::size_t bytes;
  unsigned size_class;
  unsigned holders;
};

struct FreePlace {
  FreePlace* next;
};

// A live block, or none.
struct Live {
  unsigned char* block;
  std::size_t bytes;
};

// All of this is used under the lock.
int lock_word = 0;
unsigned char* arena = nullptr;
std::size_t arena_used = 0;
FreePlace* free_places[class_count] = {};
unsigned calls = 0;
Live recent[32] = {};  // candidates for being given once more
unsigned next_recent = 0;
Live inner[16] = {};  // blocks within others, without a header

class Locked {
 public:
  Locked() {
    while (__atomic_exchange_n(&lock_word, 1, __ATOMIC_ACQUIRE) != 0) ::sched_yield();
  }
  ~Locked() { __atomic_store_n(&lock_word, 0, __ATOMIC_RELEASE); }
};

Fault read_fault() {
  const char* const name = std::getenv("CORRUPTING_MALLOC");
  if (name == nullptr || std::strcmp(name, "twice") == 0) return Fault::twice;
  if (std::strcmp(name, "overlapping") == 0) return Fault::overlapping;
  if (std::strcmp(name, "scribbling") == 0) return Fault::scribbling;
  if (std::strcmp(name, "misaligned") == 0) return Fault::misaligned;
  if (std::strcmp(name, "dirty") == 0) return Fault::dirty;
  if (std::strcmp(name, "dirty-inside") == 0) return Fault::dirty_inside;
  if (std::strcmp(name, "none") == 0) return Fault::none;
  std::abort();
}

Fault fault_to_plant() {
  static const Fault fault = read_fault();
  return fault;
}

// Whether a call of this kind is one that fails.
bool is_time_for(Fault fault) {
  if (fault_to_plant() != fault) return false;
  ++calls;
  return calls > faultless_calls && calls % fault_every == 0;
}

Header& header_of(unsigned char* block) {
  return *reinterpret_cast<Header*>(block - sizeof(Header));
}

unsigned class_of(std::size_t bytes) {
  unsigned size_class = 6;
  while ((std::size_t{1} << size_class) < bytes) ++size_class;
  if (size_class >= class_count) std::abort();
  return size_class;
}

unsigned char* take_place(unsigned size_class) {
  if (FreePlace* const place = free_places[size_class]; place != nullptr) {
    free_places[size_class] = place->next;
    return reinterpret_cast<unsigned char*>(place);
  }
  if (arena == nullptr) {
    void* const memory = ::mmap(nullptr, arena_bytes, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    arena = static_cast<unsigned char*>(memory);
  }
  unsigned char* const place = arena + arena_used;
  arena_used += std::size_t{1} << size_class;
  if (arena_used > arena_bytes) std::abort();
  return place;
}

// Returns a block at a multiple of `alignment`, and at `offset` from there.
unsigned char* take_block(std::size_t bytes, std::size_t alignment, std::size_t offset) {
  const unsigned size_class = class_of(sizeof(Header) + alignment + offset + bytes + shift);
  unsigned char* const memory = take_place(size_class);
  const auto start = reinterpret_cast<std::uintptr_t>(memory) + sizeof(Header);
  unsigned char* const aligned =
      memory + sizeof(Header) + (alignment - start % alignment) % alignment;
  unsigned char* const block = aligned + offset;
  header_of(block) = {memory, bytes, size_class, 1};
  recent[next_recent++ % std::size(recent)] = {block, bytes};
  return block;
}

bool is_aligned(const unsigned char* block, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
}

// Returns a live block that has `bytes` and the alignment, with one holder more, or null.
unsigned char* give_once_more(std::size_t bytes, std::size_t alignment) {
  for (const Live& live : recent) {
    if (live.block == nullptr || live.bytes < bytes || !is_aligned(live.block, alignment)) continue;
    ++header_of(live.block).holders;
    return live.block;
  }
  return nullptr;
}

// Returns a block that begins within a live one, or null.
unsigned char* give_inner(std::size_t bytes, std::size_t alignment) {
  for (Live& place : inner) {
    if (place.block != nullptr) continue;
    for (const Live& live : recent) {
      if (live.block == nullptr || live.bytes < bytes || live.bytes <= shift ||
          !is_aligned(live.block + shift, alignment)) {
        continue;
      }
      place = {live.block + shift, bytes};
      return place.block;
    }
  }
  return nullptr;
}

// Changes a byte in the oldest block that is long enough: its holder has filled it by now.
void scribble() {
  for (unsigned age = 0; age < std::size(recent); ++age) {
    const Live& live = recent[(next_recent + age) % std::size(recent)];
    if (live.block == nullptr || live.bytes < 2 * shift) continue;
    live.block[live.bytes / 2] ^= 0x80;
    return;
  }
}

// Returns the place of a block that begins within another, or null.
Live* find_inner(const unsigned char* block) {
  for (Live& place : inner) {
    if (place.block == block) return &place;
  }
  return nullptr;
}

// malloc guarantees less to a block that is smaller than the common alignment.
std::size_t malloc_alignment(std::size_t bytes) { return bytes < common_alignment ? 8 : 16; }

unsigned char* allocate(std::size_t bytes, std::size_t alignment) {
  const Locked locked;
  if (bytes == 0) bytes = 1;
  if (is_time_for(Fault::twice)) {
    if (unsigned char* const block = give_once_more(bytes, alignment)) return block;
  }
  if (is_time_for(Fault::overlapping)) {
    if (unsigned char* const block = give_inner(bytes, alignment)) return block;
  }
  if (is_time_for(Fault::scribbling)) scribble();
  const std::size_t offset = is_time_for(Fault::misaligned) ? alignment / 2 : 0;
  return take_block(bytes, alignment < common_alignment ? common_alignment : alignment, offset);
}

void release(unsigned char* block) {
  const Locked locked;
  if (Live* const place = find_inner(block); place != nullptr) {
    *place = {};
    return;
  }
  Header& header = header_of(block);
  if (--header.holders > 0) return;
  for (Live& live : recent) {
    if (live.block == block) live = {};
  }
  auto* const place = reinterpret_cast<FreePlace*>(header.memory);
  const unsigned size_class = header.size_class;
  place->next = free_places[size_class];
  free_places[size_class] = place;
}

std::size_t bytes_of(unsigned char* block) {
  const Locked locked;
  const Live* const place = find_inner(block);
  return place != nullptr ? place->bytes : header_of(block).bytes;
}

bool is_time_for_locked(Fault fault) {
  const Locked locked;
  return is_time_for(fault);
}

}  // namespace

extern "C" void* malloc(std::size_t bytes) { return allocate(bytes, malloc_alignment(bytes)); }

extern "C" int posix_memalign(void** block, std::size_t alignment, std::size_t bytes) {
  *block = allocate(bytes, alignment);
  return 0;
}

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return allocate(bytes, alignment);
}

extern "C" void* calloc(std::size_t count, std::size_t bytes) {
  const std::size_t all = count * bytes;
  auto* const block = static_cast<unsigned char*>(malloc(all));
  const bool dirty = is_time_for_locked(Fault::dirty);
  std::memset(block, dirty ? 0xff : 0, all);
  if (is_time_for_locked(Fault::dirty_inside)) block[all / 2 + 1] = 1;
  return block;
}

extern "C" void free(void* block) {
  if (block != nullptr) release(static_cast<unsigned char*>(block));
}

extern "C" void* realloc(void* old, std::size_t bytes) {
  void* const block = malloc(bytes);
  if (old == nullptr) return block;
  const std::size_t old_bytes = bytes_of(static_cast<unsigned char*>(old));
  std::memmove(block, old, old_bytes < bytes ? old_bytes : bytes);
  free(old);
  return block;
}
