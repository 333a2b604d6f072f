// golden_calls.cc: the calls whose instructions are counted.
//
// Run under callgrind with a library preloaded. Each scenario is a function of its own, so that
// what its calls cost can be told apart by caller; it runs once to fill the bins, then N rounds and
// 2N rounds, whose difference is the cost of N rounds without whatever happens once.
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

// What is freed in the order of its allocation, and in the opposite order. Two blocks: the smallest
// bins hold no more, and more would only repeat the same path.
constexpr unsigned blocks = 2;
enum class Order { lifo, fifo };

struct Malloc {
  static void* take(std::size_t bytes) { return std::malloc(bytes); }
  static void give(void* block) { std::free(block); }
};
struct New {
  static void* take(std::size_t bytes) { return ::operator new(bytes); }
  static void give(void* block) { ::operator delete(block); }
};
// In place: copying would be libc's cost, which depends on the processor.
struct Realloc {
  static void* take(std::size_t bytes) { return std::realloc(std::malloc(bytes), bytes); }
  static void give(void* block) { std::free(block); }
};

// Where blocks go, so that no compiler pairs the calls off.
void* volatile taken[blocks];

template <class Calls, std::size_t bytes, Order order, unsigned rounds>
[[gnu::noinline]] void scenario() {
  for (unsigned round = 0; round < rounds; ++round) {
    for (unsigned i = 0; i < blocks; ++i) taken[i] = Calls::take(bytes);
    for (unsigned i = 0; i < blocks; ++i) {
      Calls::give(taken[order == Order::fifo ? i : blocks - 1 - i]);
    }
  }
}

template <class Calls, std::size_t bytes, Order order>
void measure() {
  scenario<Calls, bytes, order, 30>();
  scenario<Calls, bytes, order, 100>();
  scenario<Calls, bytes, order, 200>();
}

template <class Calls, std::size_t... bytes>
void measure_sizes() {
  (measure<Calls, bytes, Order::lifo>(), ...);
  (measure<Calls, bytes, Order::fifo>(), ...);
}

}  // namespace

int main() {
  measure_sizes<Malloc, 1, 16, 64, 200, 1000, 4000>();
  measure_sizes<New, 1, 16, 64, 200, 1000, 4000>();
  measure_sizes<Realloc, 64>();
}
