// operations.cc: the reader of byte strings, the model and the judge. See operations.h.
#include "fuzz/operations.h"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "hakmem.h"

namespace fuzz {

namespace {

constexpr std::size_t most_blocks = 2048;
constexpr std::size_t most_live_bytes = std::size_t{256} << 20;
constexpr std::size_t smallest_alignment = 16;
constexpr int errno_mark = 4711;  // what errno is before each call: free must not change it

[[noreturn, gnu::format(printf, 1, 2)]] void fail(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::fputs("operations: failed: ", stderr);
  std::vfprintf(stderr, format, arguments);
  std::fputc('\n', stderr);
  std::abort();
}

// The input: bytes in order, zeros after its end.
class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t count) : next_(bytes), end_(bytes + count) {}
  bool at_end() const { return next_ == end_; }
  std::size_t byte() { return at_end() ? 0 : *next_++; }
  std::size_t word() {
    const std::size_t low = byte();
    return low | byte() << 8;
  }
  // Returns a size; the first byte says of which range, and ranges meet at the library's borders.
  std::size_t size() {
    switch (byte() % 8) {
      case 0:
      case 1:
        return byte();
      case 2:
      case 3:
        return word() % 1025;
      case 4:
        return 1024 + word();  // the pool classes, and just beyond
      case 5:
        return word() * 64;  // up to 4 MiB
      case 6:
        return (std::size_t{16} << byte() % 21) + byte() % 33 - 16;  // around powers of two
      default:
        return 52 * 1024 + byte() - 128;  // around the border of LARGE
    }
  }
  std::size_t alignment() { return std::size_t{1} << byte() % 23; }  // up to 4 MiB

 private:
  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

struct Block {
  std::size_t bytes;
  std::size_t alignment;  // 0: not from an aligned call
  std::uint8_t seed;
};

// Above this the contents are written at both ends only.
constexpr std::size_t dense_bytes = 4096;

std::uint8_t content(std::uint8_t seed, std::size_t offset) {
  return static_cast<std::uint8_t>(seed + offset * 7 + (offset >> 8));
}

template <typename Visit>
void for_each_offset(std::size_t bytes, Visit visit) {
  if (bytes <= dense_bytes) {
    for (std::size_t offset = 0; offset < bytes; ++offset) visit(offset);
    return;
  }
  for (std::size_t offset = 0; offset < dense_bytes / 2; ++offset) visit(offset);
  for (std::size_t offset = bytes - dense_bytes / 2; offset < bytes; ++offset) visit(offset);
}

class Model {
 public:
  explicit Model(std::size_t operations_per_check)
      : operations_per_check_(operations_per_check), start_(statistics()) {}

  void run(Input& input) {
    while (!input.at_end()) {
      step(input);
      if (++operation_count_ % operations_per_check_ == 0) check_structures();
    }
    while (!blocks_.empty()) take_back(blocks_.begin());
    check_structures();
  }
  std::size_t operation_count() const { return operation_count_; }

 private:
  using Blocks = std::map<std::uintptr_t, Block>;

  static hak_statistics statistics() {
    hak_statistics snapshot = {};
    snapshot.size = sizeof snapshot;
    if (hak_get_statistics(&snapshot) != 0) fail("hak_get_statistics");
    return snapshot;
  }

  void step(Input& input) {
    errno = errno_mark;
    switch (input.byte() % 16) {
      case 0:
      case 1:
      case 2:
      case 3:
        allocate(input.size());
        break;
      case 4:
        allocate_zeroed(input);
        break;
      case 5:
        allocate_aligned(input);
        break;
      case 6:
        allocate_posix(input);
        break;
      case 7:
      case 8:
        resize(input);
        break;
      case 9:
        ask_too_much(input);
        break;
      case 10:
        odd_calls(input);
        break;
      case 11:
        free_many(input);
        break;
      default:
        if (!blocks_.empty()) take_back(choose(input));
        break;
    }
  }

  Blocks::iterator choose(Input& input) {
    // A neighbour in address order of a random address: as random as need be, without a walk.
    const std::uintptr_t low = blocks_.begin()->first;
    const std::uintptr_t span = blocks_.rbegin()->first - low + 1;
    const auto found = blocks_.lower_bound(low + span / 65'536 * input.word());
    return found == blocks_.end() ? blocks_.begin() : found;
  }

  bool is_full(std::size_t bytes) const {
    return blocks_.size() >= most_blocks || live_bytes_ + bytes > most_live_bytes;
  }

  void allocate(std::size_t bytes) {
    if (is_full(bytes)) return;
    add(hak_malloc(bytes), bytes, 0, false);
  }

  void allocate_zeroed(Input& input) {
    const std::size_t count = 1 + input.byte() % 16;
    const std::size_t bytes = input.size() / count;
    if (is_full(count * bytes)) return;
    add(hak_calloc(count, bytes), count * bytes, 0, true);
  }

  void allocate_aligned(Input& input) {
    const std::size_t alignment = input.alignment();
    const std::size_t bytes = input.size();
    if (is_full(bytes + alignment)) return;
    add(hak_aligned_alloc(alignment, bytes), bytes, alignment, false);
  }

  void allocate_posix(Input& input) {
    const std::size_t alignment = std::max(input.alignment(), sizeof(void*));
    const std::size_t bytes = input.size();
    if (is_full(bytes + alignment)) return;
    void* block = nullptr;
    const int error = hak_posix_memalign(&block, alignment, bytes);
    if (error != 0) fail("posix_memalign(%zu, %zu): %d", alignment, bytes, error);
    if (errno != errno_mark) fail("posix_memalign changed errno to %d", errno);
    add(block, bytes, alignment, false);
  }

  void resize(Input& input) {
    const std::size_t bytes = input.size();
    if (blocks_.empty() || is_full(bytes)) return;
    const auto old = choose(input);
    const Block known = old->second;
    verify(*old);
    auto* const old_block = reinterpret_cast<void*>(old->first);
    void* const block = input.byte() % 2 == 0 ? hak_realloc(old_block, bytes)
                                              : hak_reallocarray(old_block, 1, bytes);
    forget(old);
    if (bytes == 0) {
      if (block != nullptr) fail("realloc to 0 returned %p", block);
      return;
    }
    if (block == nullptr) fail("realloc from %zu to %zu: no block", known.bytes, bytes);
    const auto* const contents = static_cast<const std::uint8_t*>(block);
    const std::size_t kept = std::min(known.bytes, bytes);
    for_each_offset(known.bytes, [&](std::size_t offset) {
      if (offset < kept && contents[offset] != content(known.seed, offset)) {
        fail("realloc from %zu to %zu changed byte %zu", known.bytes, bytes, offset);
      }
    });
    add(block, bytes, 0, false);
  }

  // Sizes that no machine has, and products that overflow: null and ENOMEM, nothing changed.
  void ask_too_much(Input& input) {
    const std::size_t huge = SIZE_MAX - input.word() * 4096;
    const std::size_t half = SIZE_MAX / 2 + 1 + input.byte();
    void* block = nullptr;
    switch (input.byte() % 6) {
      case 0:
        block = hak_malloc(huge);
        break;
      case 1:
        block = hak_calloc(half, 2);
        break;
      case 2:
        block = hak_reallocarray(nullptr, 2, half);
        break;
      case 3:
        block = hak_aligned_alloc(input.alignment(), huge);
        break;
      case 4:
        if (!blocks_.empty()) {
          const auto chosen = choose(input);
          block = hak_realloc(reinterpret_cast<void*>(chosen->first), huge);
          verify(*chosen);
        } else {
          block = hak_realloc(nullptr, huge);
        }
        break;
      default:
        block = hak_malloc(half);
        break;
    }
    if (block != nullptr) fail("a block of an impossible size: %p", block);
    if (errno != ENOMEM) fail("an impossible size set errno to %d", errno);
  }

  // Calls that must change nothing.
  void odd_calls(Input& input) {
    void* block = nullptr;
    switch (input.byte() % 6) {
      case 0:
        hak_free(nullptr);
        if (errno != errno_mark) fail("free(NULL) changed errno");
        break;
      case 1:
        if (hak_usable_size(nullptr) != 0) fail("usable size of NULL");
        break;
      case 2:
        if (hak_aligned_alloc(3 + input.byte() % 5 / 4 * 4, 64) != nullptr || errno != EINVAL) {
          fail("aligned_alloc with a bad alignment: errno %d", errno);
        }
        break;
      case 3:
        if (hak_posix_memalign(&block, 4, 64) != EINVAL || block != nullptr) {
          fail("posix_memalign with alignment 4");
        }
        break;
      case 4:
        hak_trim(input.word() * 1024);
        break;
      default:
        for (auto known = blocks_.begin(); known != blocks_.end(); ++known) verify(*known);
        break;
    }
  }

  // Frees a stretch of neighbours in address order, so that whole pages become free.
  void free_many(Input& input) {
    if (blocks_.empty()) return;
    auto next = choose(input);
    for (std::size_t left = input.byte(); left > 0 && next != blocks_.end(); --left) {
      next = take_back(next);
    }
  }

  // Judges a new block, enters it into the model and fills it.
  void add(void* block, std::size_t bytes, std::size_t alignment, bool is_zeroed) {
    if (block == nullptr) fail("no block of %zu bytes, alignment %zu", bytes, alignment);
    const auto address = reinterpret_cast<std::uintptr_t>(block);
    const std::size_t owed = std::max(alignment, smallest_alignment);
    if (address % owed != 0) fail("%p is not aligned to %zu", block, owed);
    const std::size_t usable = hak_usable_size(block);
    if (usable < bytes) fail("%zu usable bytes of %zu asked", usable, bytes);
    const auto [entry, is_new] =
        blocks_.try_emplace(address, Block{bytes, alignment, static_cast<std::uint8_t>(++seeds_)});
    if (!is_new) fail("%p was handed out twice", block);
    if (const auto next = std::next(entry);
        next != blocks_.end() && next->first - address < usable) {
      fail("%p of %zu bytes reaches into its neighbour", block, bytes);
    }
    if (entry != blocks_.begin()) {
      const auto& [before, known] = *std::prev(entry);
      if (address - before < std::max<std::size_t>(known.bytes, 1)) fail("%p overlaps", block);
    }
    auto* const contents = static_cast<std::uint8_t*>(block);
    if (is_zeroed) {
      const auto* const end = contents + bytes;
      if (std::find_if(contents, contents + bytes, [](std::uint8_t b) { return b != 0; }) != end) {
        fail("calloc of %zu bytes is not zero", bytes);
      }
    }
    for_each_offset(bytes, [&, seed = entry->second.seed](std::size_t offset) {
      contents[offset] = content(seed, offset);
    });
    live_bytes_ += bytes;
  }

  static void verify(const Blocks::value_type& entry) {
    const auto* const contents = reinterpret_cast<const std::uint8_t*>(entry.first);
    for_each_offset(entry.second.bytes, [&](std::size_t offset) {
      if (contents[offset] != content(entry.second.seed, offset)) {
        fail("byte %zu of a block of %zu was overwritten", offset, entry.second.bytes);
      }
    });
  }

  Blocks::iterator forget(Blocks::iterator entry) {
    live_bytes_ -= entry->second.bytes;
    return blocks_.erase(entry);
  }

  Blocks::iterator take_back(Blocks::iterator entry) {
    verify(*entry);
    auto* const block = reinterpret_cast<void*>(entry->first);
    const Block& known = entry->second;
    errno = errno_mark;
    if (known.seed % 2 == 0) {
      hak_free(block);
    } else if (known.alignment != 0) {
      hak_free_aligned_sized(block, known.alignment, known.bytes);
    } else {
      hak_free_sized(block, known.bytes);
    }
    if (errno != errno_mark) fail("free changed errno to %d", errno);
    return forget(entry);
  }

  void check_structures() {
    if (const std::size_t violations = hak_check_invariants(); violations != 0) {
      fail("%zu violations after %zu operations", violations, operation_count_);
    }
    const hak_statistics now = statistics();
    if (now.live_blocks - start_.live_blocks != blocks_.size()) {
      fail("%zu live blocks are counted, %zu are there", now.live_blocks - start_.live_blocks,
           blocks_.size());
    }
    if (now.live_bytes - start_.live_bytes < live_bytes_) {
      fail("%zu live bytes are counted, %zu were asked for", now.live_bytes - start_.live_bytes,
           live_bytes_);
    }
    if (now.error_count != start_.error_count) fail("an error was counted");
  }

  const std::size_t operations_per_check_;
  const hak_statistics start_;
  Blocks blocks_;
  std::size_t live_bytes_ = 0;
  std::size_t seeds_ = 0;
  std::size_t operation_count_ = 0;
};

}  // namespace

std::size_t run_operations(const std::uint8_t* bytes, std::size_t count,
                           std::size_t operations_per_check) {
  Input input(bytes, count);
  Model model(operations_per_check);
  model.run(input);
  return model.operation_count();
}

}  // namespace fuzz
